/** The part of the bash script that does not depend on the command tree: reading, matching and quoting words. */
export const BASH_FUNCTIONS = `# Sets words to the unquoted words of a line, and quote to the quote that is left open. Nothing is expanded.
_nvgpu_split() {
  local line=$1 word='' inside='' character index
  words=() quote=''
  for ((index = 0; index < \${#line}; index++)); do
    character=\${line:index:1}
    case $quote$character in
      [[:space:]])
        [[ -n $inside ]] && words+=("$word")
        word='' inside=''
        continue
        ;;
      "''" | '""') quote='' ;;
      "'" | '"') quote=$character ;;
      \\\\)
        ((index++))
        word+=\${line:index:1}
        ;;
      \\"\\\\)
        [[ \${line:index+1:1} == [\\\\\\"\\$\\\`] ]] && ((index++))
        word+=\${line:index:1}
        ;;
      *) word+=$character ;;
    esac
    inside=yes
  done
  words+=("$word")
}

# Sets quoted to a text in the form for an open quote, or for none.
_nvgpu_quote() {
  local text=$1 open=$2 character index
  quoted=''
  for ((index = 0; index < \${#text}; index++)); do
    character=\${text:index:1}
    case $open$character in
      "''") quoted+="'\\\\''" ;;
      '"!') quoted+='"\\!"' ;;
      \\"[\\\\\\"\\$\\\`] | [\\ \\|\\&\\;\\<\\>\\(\\)\\$\\\`\\\\\\"\\'*?\\[\\]{}#~^\\!]) quoted+="\\\\$character" ;;
      *) quoted+=$character ;;
    esac
  done
  # readline takes a quote at the end for the closing one, and adds none.
  [[ -n $open && $quoted == *"$open" ]] && quoted+=$open
}

_nvgpu() {
  local IFS=$' \\t\\n' line=\${COMP_LINE:0:COMP_POINT} kept open quote quoted
  local -a words found=()
  # readline keeps the text before the part that it replaces, which is the second argument.
  _nvgpu_split "\${line%"$2"}"
  kept=\${words[\${#words[@]} - 1]} open=$quote
  _nvgpu_split "$line"
  local cur=\${words[\${#words[@]} - 1]} option='' path='' value='' wants='' count=0 index word next _nvgpu_state_dir=''
  for ((index = 1; index < \${#words[@]} - 1; index++)); do
    word=\${words[index]}
    if [[ -n $value ]]; then
      [[ $value == state-dir ]] && _nvgpu_state_dir=$word
      value=''
      continue
    fi
    if [[ $word == -* ]]; then
      [[ $word == --state-dir=* ]] && _nvgpu_state_dir=\${word#*=}
      [[ $word != *=* && -n $(_nvgpu_value "$path $word") ]] && value=\${word#--}
      continue
    fi
    next=\${path:+$path }$word
    if [[ -n $(_nvgpu_options "$next") ]]; then path=$next; else ((count++)); fi
  done
  if [[ -n $value ]]; then
    wants=$(_nvgpu_value "$path \${words[\${#words[@]} - 2]}")
  elif [[ $cur == --*=* ]]; then
    option=\${cur%%=*}=
    wants=$(_nvgpu_value "$path \${option%=}")
  elif [[ $cur == -* ]]; then
    wants=$(_nvgpu_options "$path")
  else
    wants=$(_nvgpu_words "$path")
    [[ -z $wants ]] && wants=$(_nvgpu_argument "$path $count")
  fi
  case $wants in
    @file) compopt -o default 2>/dev/null ;;
    @dir) compopt -o dirnames 2>/dev/null ;;
    @any) ;;
    @*) mapfile -t found < <(_nvgpu_live "\${wants#@}") ;;
    *) read -ra found <<<"$wants" ;;
  esac
  COMPREPLY=()
  for word in "\${found[@]}"; do
    word=$option$word
    [[ $word == "$cur"* ]] || continue
    _nvgpu_quote "\${word#"$kept"}" "$open"
    COMPREPLY+=("$quoted")
  done
}

complete -F _nvgpu nvgpu
`
