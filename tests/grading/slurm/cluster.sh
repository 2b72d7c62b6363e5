#!/usr/bin/env bash
# cluster.sh FOLDER COMMAND..: a Slurm cluster of this one machine, for as long as
# COMMAND runs. Needs munged, slurmctld and slurmd (Debian: munge slurmctld slurmd
# slurm-client), and root. All it writes is in FOLDER.
set -euo pipefail
folder="$1"
shift
mkdir -p "$folder/state" "$folder/spool"
export PATH="$PATH:/usr/sbin:/sbin"

# Who can read the key can be anybody on the cluster: it goes with the folder.
umask 077
head -c 128 /dev/urandom >"$folder/munge.key"
umask 022
# munged and slurmctld trust no folder that others can write to.
chmod 755 "$folder"

# Two ports that no program uses now.
free_ports() {
    for port in $(shuf -i 20000-29999 -n 50); do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || echo "$port"
    done | head -2
}
read -r controller_port node_port < <(free_ports | paste -sd' ')

host="$(hostname -s)"
cat >"$folder/slurm.conf" <<CONF
ClusterName=one
SlurmctldHost=$host(127.0.0.1)
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
SlurmctldPort=$controller_port
SlurmdPort=$node_port
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MailProg=/bin/true
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$host Default=YES State=UP
CONF
export SLURM_CONF="$folder/slurm.conf"

running=()
stop() {
    for pid in "${running[@]}"; do kill "$pid" 2>/dev/null || true; done
    wait
}
trap stop EXIT

start() { # NAME COMMAND..
    local name="$1"
    shift
    "$@" >"$folder/$name.out" 2>&1 &
    running=("$!" "${running[@]}")
}
start munged munged --foreground --force --key-file "$folder/munge.key" \
    --socket "$folder/munge.socket" --pid-file "$folder/munged.pid" \
    --seed-file "$folder/munged.seed" --log-file "$folder/munged.log"
until [ -S "$folder/munge.socket" ]; do sleep 0.1; done
start slurmctld slurmctld -D -f "$SLURM_CONF"
start slurmd slurmd -D -f "$SLURM_CONF" -N "$host"

for attempt in $(seq 300); do
    if [ "$(sinfo --noheader --format %t 2>/dev/null)" = idle ]; then break; fi
    if [ "$attempt" = 300 ]; then
        echo "the cluster does not come up:" >&2
        cat "$folder"/*.log "$folder"/*.out >&2
        exit 1
    fi
    sleep 0.1
done
"$@"
