#!/bin/sh
# Makes the vGPUs of the host match a CSV file, all or nothing. vGPUs outside of the file are destroyed.
#
#   fleet.sh FILE.csv [OPTION...]     options are those of nvgpu apply: --dry-run, -o json, ...
#
# The file has a header and the columns name, type, count and gpu. name and gpu may be empty; an empty count means 1.
# A value with a comma or a quote is quoted, with its quotes doubled. Nothing in the file is evaluated.
# VFS virtual functions are enabled on each GPU; the default is 16.
set -eu

if [ $# -lt 1 ]; then
  echo "usage: fleet.sh FILE.csv [OPTION...]" >&2
  exit 2
fi
csv=$1
shift
export csv VFS="${VFS:-16}"

# awk reads the file as standard input, because it takes an argument with = in it for an assignment.
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
  # Sets column to the values of a line and returns their number.
  function split_line(line,   count, value) {
    for (;;) {
      if (match(line, /^"([^"]|"")*"(,|$)/)) {
        value = substr(line, 2, RLENGTH - 2)
        sub(/"?$/, "", value)
        gsub(/""/, "\"", value)
      } else {
        match(line, /^[^",]*(,|$)/)
        if (RLENGTH < 0) refuse("a quote is misplaced or not closed")
        value = substr(line, 1, RLENGTH)
        sub(/,$/, "", value)
      }
      column[++count] = value
      if (RLENGTH == 0 || substr(line, RLENGTH, 1) != ",") return count
      line = substr(line, RLENGTH + 1)
    }
  }
  BEGIN {
    if (ENVIRON["VFS"] !~ /^[0-9]+$/) refuse("VFS=" ENVIRON["VFS"] " is not a number")
  }
  { sub(/\r$/, "") }
  NR == 1 {
    sub(/^\357\273\277/, "")
    if ($0 != "name,type,count,gpu") refuse("the header has to be name,type,count,gpu")
    printf "gpus: [{gpu: all, vfs: %s}]\nvgpus:\n", ENVIRON["VFS"]
    next
  }
  /^(#|[ \t]*$)/ { next }
  /[\001-\037\177]/ { refuse("the line has a control character") }
  {
    columns = split_line($0)
    if (columns != 4) refuse("there are " columns " columns, not 4")
    if (column[2] == "") refuse("the type is missing")
    if (column[3] !~ /^([1-9][0-9]*)?$/) refuse("\"" column[3] "\" is not a count")
    rows++
    printf "  - {count: %s%s%s%s}\n", column[3] == "" ? 1 : column[3],
      member("type", column[2]), member("name", column[1]), member("gpu", column[4])
  }
  END { if (!refused && rows == 0) refuse("the file has no vGPU") }
' <"$csv")

printf '%s\n' "$document" | nvgpu apply -f - "$@"
