#!/bin/sh
# Makes the vGPUs that a CSV file lists, all of them or none, and no others: what the host has and the file does not goes.
#
#   fleet.sh FILE.csv [OPTION...]     options are those of nvgpu apply: --dry-run, -o json, ...
#
# The file has a header and the columns name, type, count and gpu; name and gpu may be empty, and so may count for one.
# VFS=16 virtual functions are enabled on each GPU.
set -eu

if [ $# -lt 1 ]; then
  echo "usage: fleet.sh FILE.csv [OPTION...]" >&2
  exit 2
fi
csv=$1
shift

document=$(awk -F, -v vfs="${VFS:-16}" '
  function refuse(why) {
    printf "fleet.sh: %s:%d: %s\n", FILENAME, FNR, why > "/dev/stderr"
    refused = 1
    exit 2
  }
  function member(key, value) { return value == "" ? "" : ", " key ": \"" value "\"" }
  { sub(/\r$/, "") }
  NR == 1 {
    sub(/^\357\273\277/, "")
    if ($0 != "name,type,count,gpu") refuse("the header has to be name,type,count,gpu")
    printf "gpus: [{gpu: all, vfs: %s}]\nvgpus:\n", vfs
    next
  }
  /^(#|[ \t]*$)/ { next }
  /[^A-Za-z0-9 ,._:-]/ { refuse("letters, digits, blanks and . _ : - are known here") }
  NF != 4 { refuse("there are " NF " columns, not 4") }
  $2 == "" { refuse("the type is missing") }
  $3 !~ /^([1-9][0-9]*)?$/ { refuse("\"" $3 "\" is no count") }
  {
    rows++
    printf "  - {count: %s%s%s%s}\n", $3 == "" ? 1 : $3, member("type", $2), member("name", $1), member("gpu", $4)
  }
  END { if (!refused && rows == 0) refuse("there is no vGPU in it") }
' "$csv")

printf '%s\n' "$document" | nvgpu apply -f - "$@"
