# Arrays, functions, expansions and a few subshells, in pure bash.
declare -A stock
state=11
roll() { state=$(( (state * 1103515245 + 12345) % 2147483648 )); }

for (( i = 0; i < 90; i++ )); do
    roll
    name="part-$(( (state >> 8) % 60 ))"
    stock[$name]=$(( ${stock[$name]:-0} + i ))
    line="${name^^}:${stock[$name]}"
    fields=(${line//[-:]/ })
    [[ $line =~ ^PART-([0-9]+):([0-9]+)$ ]] && sum=$(( sum + BASH_REMATCH[1] ))
    list+="${fields[1]},"
done
total=$(for name in "${!stock[@]}"; do echo "${stock[$name]}"; done | { n=0; while read -r x; do (( n += x )); done; echo "$n"; })
case "$list" in *7,*) echo "$sum $total ${#list}" ;; esac
