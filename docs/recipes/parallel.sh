#!/bin/bash
# docs/recipes/parallel.sh HANDED_IN LAB PARTS
#
# The same with GNU parallel, here; with --sshloginfile, on other machines that see
# the same folders. Afterwards: heaplab merge PARTS/* --out grades
set -eu
parallel --will-cite heaplab grade "$1" --lab "$2" --shard '{}/4' --jobs 1 --out "$3/{}" ::: 1 2 3 4
