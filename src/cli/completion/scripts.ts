/** The scripts that `source` reads. They ask `debusine-admin __complete` for everything. */
import type { Shell } from './line.ts';

const bash = `# bash completion for debusine-admin: source <(debusine-admin completion bash)
_debusine_admin() {
  local kind value
  COMPREPLY=()
  {
    IFS= read -r kind
    while IFS= read -r value; do
      case $value in
        *[!A-Za-z0-9_.,:@%+=/-]*) printf -v value %q "$value" ;;
      esac
      COMPREPLY+=("$value")
    done
  } < <("\${COMP_WORDS[0]}" __complete bash "$COMP_WORDBREAKS" "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
  case $kind in
    file | directory)
      local current=\${COMP_WORDS[COMP_CWORD]}
      [ "$current" = = ] && current=
      compopt -o filenames 2>/dev/null
      local action=-f
      [ "$kind" = directory ] && action=-d
      while IFS= read -r value; do COMPREPLY+=("$value"); done < <(compgen "$action" -- "$current")
      ;;
  esac
  # More of the same word may follow.
  [ "\${#COMPREPLY[@]}" -eq 1 ] && [[ \${COMPREPLY[0]} == *[=/] ]] && compopt -o nospace 2>/dev/null
  return 0
}
complete -F _debusine_admin debusine-admin
`;

const zsh = `#compdef debusine-admin
# zsh completion for debusine-admin: source <(debusine-admin completion zsh)
_debusine_admin() {
  local kind line
  local -a answer values shown
  answer=("\${(@f)$("\${words[1]}" __complete zsh "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  kind=$answer[1]
  case $kind in
    file) _files ;;
    directory) _files -/ ;;
    *)
      for line in "\${(@)answer[2,-1]}"; do
        [[ -n $line ]] || continue
        values+=("\${line%%$'\\t'*}")
        shown+=("\${line%%$'\\t'*}  \${line#*$'\\t'}")
      done
      (( \${#values} )) && compadd -l -d shown -a values
      ;;
  esac
}
if (( $+functions[compdef] )); then
  compdef _debusine_admin debusine-admin
else
  autoload -Uz compinit && compinit && compdef _debusine_admin debusine-admin
fi
`;

const fish = `# fish completion for debusine-admin: debusine-admin completion fish | source
function __debusine_admin_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l answer ($words[1] __complete fish $words[2..-1] "$current" 2>/dev/null)
    switch "$answer[1]"
        case file
            __fish_complete_path "$current"
        case directory
            __fish_complete_directories "$current"
        case '*'
            printf '%s\\n' $answer[2..-1]
    end
end
complete -c debusine-admin -f -a '(__debusine_admin_complete)'
`;

export const completionScripts: Readonly<Record<Shell, string>> = { bash, zsh, fish };
