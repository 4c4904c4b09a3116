# zsh -f zsh-completions.zsh LINE DIRECTORY: what an interactive zsh with compsys offers at the end of LINE, one a line in
# angle brackets. DIRECTORY holds the completion functions.
zmodload zsh/zpty
setup='
PROMPT= RPROMPT=
fpath=(DIRECTORY $fpath)
autoload -Uz compinit
compinit -u -D
compadd() {
  local -a hits
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
    builtin compadd "$@"
    return
  fi
  builtin compadd -A hits "$@"
  print -rl -- "<"${^hits}">"
}
list-to-the-end() { zle list-choices; print "<END>" }
zle -N list-to-the-end
bindkey "^X" list-to-the-end
print "<READY>"
'
zpty shell zsh -f -i
zpty -w shell "${setup//DIRECTORY/$2}"
# once as it is typed, once as it is printed
zpty -r -m shell out '*<READY>*<READY>*'
zpty -w -n shell "$1"$'\x18'
zpty -r -m shell out '*<END>*'
print -r -- "$out"
zpty -d shell
