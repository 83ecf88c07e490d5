#!/usr/bin/env bash
# The measurements behind docs/scale.md.
#
#   docs/scale.sh make EVENTS USERS ITEMS DIR   makes up events and a catalogue: DIR/events/*.csv, DIR/items.csv
#   docs/scale.sh run DIR                       runs every stage of 'horae plan' on them with local[2], and says
#                                               how long each took, and how much processor time; what is there
#                                               already is made anew
set -euo pipefail
docs=$(CDPATH='' cd "$(dirname "$0")" && pwd)
horae=$docs/../horae

# Users are equally active; an item's share falls with its number, as in shops. The same each time.
make() {
  events=$1 users=$2 items=$3 dir=$4
  mkdir -p "$dir/events"
  awk -v events="$events" -v users="$users" -v items="$items" -v dir="$dir/events" 'BEGIN {
    srand(2025)
    files = 8
    for (f = 0; f < files; f++) {
      name = sprintf("%s/part-%d.csv", dir, f)
      print "user,item,time" >name
      for (e = int(events * f / files); e < int(events * (f + 1) / files); e++) {
        printf "u%d,i%d,%d\n", rand() * users, items * rand() ^ 2, 1600000000 + rand() * 1e8 >name
      }
      close(name)
    }
  }'
  awk -v items="$items" 'BEGIN {
    srand(2026)
    split("b c d f g k l m n p r s t v", onset, " ")
    split("a e i o u", vowel, " ")
    for (w = 0; w < 3000; w++) {
      word[w] = ""
      for (s = 0; s <= 1 + w % 2; s++) word[w] = word[w] onset[int(rand() * 14) + 1] vowel[int(rand() * 5) + 1]
    }
    print "item,title,categories"
    for (i = 0; i < items; i++) {
      printf "i%d,", i
      for (w = 0; w < 8; w++) printf "%s ", word[int(3000 * rand() ^ 2)]
      printf ",%s|%s\n", word[i % 20], word[20 + i % 300]
    }
  }' >"$dir/items.csv"
}

TIMEFORMAT='%R,%U,%S'

timed() { # name, command
  name=$1
  shift
  { time "$@" >"$dir/$name.log" 2>&1 || { cat "$dir/$name.log" >&2; exit 1; }; } 2>"$dir/$name.time"
  awk -F, -v name="$name" '{ printf "%s: %.1f s, %.1f s of processors\n", name, $1, $2 + $3 }' "$dir/$name.time"
}

run() {
  dir=$1
  rm -rf "$dir/data" "$dir/run" "$dir/scored"
  timed prepare "$horae" spark prepare --master 'local[2]' --format csv --events "$dir"/events/*.csv \
    --items "$dir/items.csv" --out "$dir/data"
  timed encode "$horae" spark encode --master 'local[2]' "$dir/data" --text minilm
  timed train "$horae" train --data "$dir/data" --out "$dir/run" model.type=sasrec train.negatives=4096 \
    train.epochs=1
  timed batch-score "$horae" spark batch-score --master 'local[2]' "$dir/run" --data "$dir/data" \
    --output "$dir/scored"
}

case "$#:${1:-}" in
  5:make) make "$2" "$3" "$4" "$5" ;;
  2:run) run "$2" ;;
  *) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
