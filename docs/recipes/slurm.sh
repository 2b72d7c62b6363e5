#!/bin/bash
# sbatch --wait docs/recipes/slurm.sh HANDED_IN LAB PARTS
#
# A job array that grades a class: each task takes a part, and writes it to a folder
# of its own in PARTS. Afterwards: heaplab merge PARTS/* --out grades
#SBATCH --job-name=heaplab-grade
#SBATCH --array=1-4
#SBATCH --cpus-per-task=1
set -eu
part="$SLURM_ARRAY_TASK_ID"
heaplab grade "$1" --lab "$2" --shard "$part/$SLURM_ARRAY_TASK_COUNT" \
    --jobs "$SLURM_CPUS_PER_TASK" --out "$3/$part"
