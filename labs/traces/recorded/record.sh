#!/bin/sh
# Records all the traces of this directory again:
#
#     cargo build --release && labs/traces/recorded/record.sh
#
# With names, only those: record.sh perl-words lua-table
#
# The programs are Debian 12's (README.md has the versions); another version
# gives another trace. Address-space randomization and hash seeds are off where
# that is possible, so that a program asks for the same blocks each time.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../../..
heaplab=${HEAPLAB:-${CARGO_TARGET_DIR:-$root/target}/release/heaplab}
if [ -z "${CLEAN_ENVIRONMENT:-}" ]; then
    # Programs copy their environment into their heap: the same one for all.
    exec env -i CLEAN_ENVIRONMENT=1 HEAPLAB="$heaplab" HOME=/nonexistent PATH=/usr/bin:/bin \
        LC_ALL=C.UTF-8 TERM=dumb TZ=UTC PYTHONHASHSEED=0 PERL_HASH_SEED=0 \
        GIT_CONFIG_NOSYSTEM=1 "$here/record.sh" "$@"
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp "$here"/workloads/* "$scratch"
cd "$scratch"
wanted=" $* "

# record NAME [OPTIONS] -- PROGRAM...: one trace, unless others were asked for.
record() {
    name=$1
    shift
    case "$wanted" in "  " | *" $name "*) ;; *) return 0 ;; esac
    echo "== $name"
    setarch -R "$heaplab" record -o "$here/$name.rep.gz" "$@" >"$name.out" </dev/null
}

record python-text       -- python3 -Ss text_tools.py
record python-objects    --only python3 -- env PYTHONMALLOC=malloc python3 -Ss objects.py
record perl-words        -- perl words.pl
record sqlite-shop       -- sqlite3 -init /dev/null shop.db ".read queries.sql"
record lua-table         -- lua5.4 table.lua
record ghostscript-page  --largest -- gs -q -dBATCH -dNOPAUSE -sDEVICE=png16m -r36 -o page%d.png page.ps
record bash-inventory    --only bash --largest -- bash inventory.sh
record jq-orders         -- jq -n -f orders.jq
record make-rules        --only make --largest -- make -s -f rules.mk
record gcc-cc1           --only cc1 -- gcc -O1 -S -o program.s program.c
record vim-edit          -- vim -es -u NONE -i NONE -S edit.vim

cc -O1 -g -c program.c
record gdb-symbols       --only gdb -- gdb -nx -q -batch -ex "info functions" -ex "ptype struct machine" \
                            -ex "list run" -ex "info line hash" -ex "disassemble sort" program.o
record bc-powers         -- bc -q powers.bc

# A repository of thirty commits, made on the spot.
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org GIT_AUTHOR_DATE="2001-01-01T00:00:00Z"
export GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.org GIT_COMMITTER_DATE="2001-01-01T00:00:00Z"
git init -q repo && cd repo
for commit in $(seq 30); do
    for file in 1 2 3 4 5 6; do
        seq "$commit" $((file * 40)) | sed "s/$commit/x$file-&/" >"file$file.txt"
    done
    git add . && git commit -q -m "Change $commit"
done
record git-log           -- git --no-pager log --patch --stat -M
record git-pack-threads  --only git --largest -- git pack-objects --all --threads=4 --window=20 --no-reuse-delta -q ../pack
