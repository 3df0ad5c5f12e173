# SPDX-License-Identifier: Apache-2.0
# bash completion for yett's subcommands.

# The options of `yett ca COMMAND`, from its own help.
_yett_ca_options() {
    yett ca "$1" --help 2>/dev/null | sed -n 's/^  \(--[a-z0-9-]*\).*/\1/p'
}

_yett_ca_names() {
    local dir=${YETT_CA:-} i
    for ((i = 2; i < COMP_CWORD - 1; i++)); do
        if [ "${COMP_WORDS[i]}" = --dir ]; then dir=${COMP_WORDS[i + 1]}; fi
    done
    if [ -z "$dir" ]; then
        dir=/etc/yett/ca
        if [ "$(id -u)" != 0 ]; then dir=${XDG_CONFIG_HOME:-$HOME/.config}/yett/ca; fi
    fi
    yett ca list --dir "$dir" --all 2>/dev/null | awk 'NR > 1 && $2 != "ca" && !seen[$1]++ {print $1}'
}

_yett_ca() {
    local word=$1 last=$2 command="" i
    local commands="init import issue renew revoke crl list show export"
    for ((i = 2; i < COMP_CWORD; i++)); do
        case " $commands " in *" ${COMP_WORDS[i]} "*) command=${COMP_WORDS[i]}; break ;; esac
    done
    case $last in
    --dir) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
    --passphrase-file | --source-passphrase-file | --password-file | --root-key | --root-cert | \
        --root-crl | --cert | --config | --csr | --file | --from-file | --pkcs12)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return ;;
    --key)
        if [ "$command" = import ]; then
            mapfile -t COMPREPLY < <(compgen -f -- "$word")
        else
            mapfile -t COMPREPLY < <(compgen -W "p256 p384 ed25519 rsa" -- "$word")
        fi
        return ;;
    --status) mapfile -t COMPREPLY < <(compgen -W "all valid revoked expired" -- "$word"); return ;;
    --reason)
        mapfile -t COMPREPLY < <(compgen -W "unspecified keyCompromise cACompromise
            affiliationChanged superseded cessationOfOperation certificateHold privilegeWithdrawn
            aACompromise" -- "$word")
        return ;;
    --san | --subject | --days | --root-days | --organisation | --serial | --limit) return ;;
    esac
    if [ -z "$command" ]; then
        mapfile -t COMPREPLY < <(compgen -W "$commands --dir --json --help" -- "$word")
    elif [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_yett_ca_options "$command")" -- "$word")
    else
        case $command in
        import) mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
        issue) mapfile -t COMPREPLY < <(compgen -W "server machine user" -- "$word") ;;
        renew | revoke | show | export)
            mapfile -t COMPREPLY < <(compgen -W "$(_yett_ca_names)" -- "$word") ;;
        esac
    fi
}

# The arguments of `yett client` without its options and their values.
_yett_client_words() {
    local i
    for ((i = 2; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        --dir | --out | --password-file) ((i++)) ;;
        -*) ;;
        *) printf '%s\n' "${COMP_WORDS[i]}" ;;
        esac
    done
}

_yett_client() {
    local word=$1 last=$2 words
    case $last in
    --dir) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
    --password-file) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
    --out) return ;;
    esac
    mapfile -t words < <(_yett_client_words)
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(yett client --help 2>/dev/null |
            sed -n 's/^  \(--[a-z0-9-]*\).*/\1/p')" -- "$word")
    elif [ ${#words[@]} = 0 ]; then
        mapfile -t COMPREPLY < <(compgen -W "$(yett client --help 2>/dev/null |
            sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p')" -- "$word")
    elif [ ${#words[@]} = 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_yett_ca_names)" -- "$word")
    fi
}

_yett_cert() {
    local word=$1 last=$2
    case $last in
    --config | --ca | --password-file) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
    --prefix) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
    --server | --connect-to | --timeout) return ;;
    esac
    if [ "$COMP_CWORD" = 2 ]; then
        mapfile -t COMPREPLY < <(compgen -W "show --help" -- "$word")
    elif [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(yett cert "${COMP_WORDS[2]}" --help 2>/dev/null |
            sed -n 's/^  \(--[a-z0-9-]*\).*/\1/p')" -- "$word")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    fi
}

_yett_probe() {
    local word=$1 last=$2
    case $last in
    -c | --config | --cert | --revoked | --expired | --revoke | --passphrase-file)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return ;;
    -p | --prefix | --keep | --ca) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
    --revoke-command | --timeout) return ;;
    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(yett probe --help 2>/dev/null |
            sed -n 's/^  \(-., \)\{0,1\}\(--[a-z0-9-]*\).*/\2/p')" -- "$word")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    fi
}

_yett_check() {
    local word=$1 last=$2
    case $last in
    -p | --prefix) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
    -g | --globals) return ;;
    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(yett check --help 2>/dev/null |
            sed -n 's/^  \(-., \)\{0,1\}\(--[a-z0-9-]*\).*/\2/p')" -- "$word")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    fi
}

_yett_explain() {
    local word=$1 last=$2
    case $last in
    -c | --config | -E | --cert | --password-file)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return ;;
    -p | --prefix) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
    -X | --request) mapfile -t COMPREPLY < <(compgen -W "GET HEAD POST PUT DELETE" -- "$word"); return ;;
    -g | --globals | -H | --header | --sni | --from | --connect-to | --id) return ;;
    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(yett explain --help 2>/dev/null |
            sed -n 's/^  \(-., \)\{0,1\}\(--[a-z0-9-]*\).*/\2/p')" -- "$word")
    else
        mapfile -t COMPREPLY < <(compgen -W "GET HEAD POST PUT DELETE https:// http://" -- "$word")
    fi
}

_yett_policy() {
    local word=$1 last=$2
    if [ "$COMP_CWORD" = 2 ]; then
        mapfile -t COMPREPLY < <(compgen -W "test" -- "$word")
        return
    fi
    case $last in
    -p | --prefix) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(yett policy test --help 2>/dev/null |
            sed -n 's/^  \(-., \)\{0,1\}\(--[a-z0-9-]*\).*/\2/p')" -- "$word")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    fi
}

_yett() {
    local word=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()
    if [ "$COMP_CWORD" = 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "ca cert check client directives explain policy probe" -- "$word")
    elif [ "${COMP_WORDS[1]}" = directives ]; then
        mapfile -t COMPREPLY < <(compgen -W "--json --help" -- "$word")
    elif [ "${COMP_WORDS[1]}" = ca ]; then
        _yett_ca "$word" "$last"
    elif [ "${COMP_WORDS[1]}" = client ]; then
        _yett_client "$word" "$last"
    elif [ "${COMP_WORDS[1]}" = cert ]; then
        _yett_cert "$word" "$last"
    elif [ "${COMP_WORDS[1]}" = check ]; then
        _yett_check "$word" "$last"
    elif [ "${COMP_WORDS[1]}" = explain ]; then
        _yett_explain "$word" "$last"
    elif [ "${COMP_WORDS[1]}" = policy ]; then
        _yett_policy "$word" "$last"
    elif [ "${COMP_WORDS[1]}" = probe ]; then
        _yett_probe "$word" "$last"
    fi
}
complete -o filenames -o bashdefault -F _yett yett
