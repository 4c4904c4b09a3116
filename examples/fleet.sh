#!/bin/sh
# Makes the vGPUs that a CSV file lists, all of them or none, and no others: what the host has and the file does not goes.
#
#   fleet.sh FILE.csv [OPTION...]     options are those of nvgpu apply: --dry-run, -o json, ...
#
# The file has a header and the columns name, type, count and gpu; name and gpu may be empty, and so may count for one.
# A value with a comma or a quote stands in quotes, and a quote in it is doubled. Nothing in the file is evaluated.
# VFS=16 virtual functions are enabled on each GPU.
set -eu

if [ $# -lt 1 ]; then
  echo "usage: fleet.sh FILE.csv [OPTION...]" >&2
  exit 2
fi
csv=$1
shift
export csv VFS="${VFS:-16}"

# the file is standard input: as an argument of awk, a name with = in it would be an assignment
document=$(awk '
  function refuse(why) {
    printf "fleet.sh: %s:%d: %s\n", ENVIRON["csv"], NR, why > "/dev/stderr"
    refused = 1
    exit 2
  }
  function member(key, value,   i, character, quoted) {
    if (value == "") return ""
    for (i = 1; i <= length(value); i++) {
      character = substr(value, i, 1)
      quoted = quoted (character == "\\" || character == "\"" ? "\\" : "") character
    }
    return ", " key ": \"" quoted "\""
  }
  # Sets column to the values of a line and answers how many there are.
  function split_line(line,   count, value) {
    for (;;) {
      if (match(line, /^"([^"]|"")*"(,|$)/)) {
        value = substr(line, 2, RLENGTH - 2)
        sub(/"?$/, "", value)
        gsub(/""/, "\"", value)
      } else {
        match(line, /^[^",]*(,|$)/)
        if (RLENGTH < 0) refuse("a quote stands where none can, or is not closed")
        value = substr(line, 1, RLENGTH)
        sub(/,$/, "", value)
      }
      column[++count] = value
      if (RLENGTH == 0 || substr(line, RLENGTH, 1) != ",") return count
      line = substr(line, RLENGTH + 1)
    }
  }
  BEGIN {
    if (ENVIRON["VFS"] !~ /^[0-9]+$/) refuse("VFS=" ENVIRON["VFS"] " is no number")
  }
  { sub(/\r$/, "") }
  NR == 1 {
    sub(/^\357\273\277/, "")
    if ($0 != "name,type,count,gpu") refuse("the header has to be name,type,count,gpu")
    printf "gpus: [{gpu: all, vfs: %s}]\nvgpus:\n", ENVIRON["VFS"]
    next
  }
  /^(#|[ \t]*$)/ { next }
  /[\001-\037\177]/ { refuse("there is a control character in it") }
  {
    columns = split_line($0)
    if (columns != 4) refuse("there are " columns " columns, not 4")
    if (column[2] == "") refuse("the type is missing")
    if (column[3] !~ /^([1-9][0-9]*)?$/) refuse("\"" column[3] "\" is no count")
    rows++
    printf "  - {count: %s%s%s%s}\n", column[3] == "" ? 1 : column[3],
      member("type", column[2]), member("name", column[1]), member("gpu", column[4])
  }
  END { if (!refused && rows == 0) refuse("there is no vGPU in it") }
' <"$csv")

printf '%s\n' "$document" | nvgpu apply -f - "$@"
