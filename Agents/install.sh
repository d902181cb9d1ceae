#!/bin/sh
# Puts martlet-agent on this host, as a recorder that stays or as a round each minute, with what the actions of its
# agent.conf need; puts a newer program in its place; and takes it all away again.
# POSIX sh and what a small userland has; docs: Agents/README.md.
set -eu

usage() {
    cat <<'TEXT'
install.sh: puts martlet-agent on this host

USAGE:
  install.sh [--as systemd|openrc|cron|timer|none] [--agent FILE] [--user NAME] [--dry-run] [--root DIR]
  install.sh --upgrade [--agent FILE] [--dry-run] [--root DIR]
  install.sh --remove [--purge] [--dry-run] [--root DIR]

OPTIONS:
  --as WHAT     systemd or openrc: a service that samples each second. cron or timer: a round each minute. none: the
                program alone. Default: the service manager that runs here, else cron.
  --agent FILE  The program (default: martlet-agent beside this script, in ../bin, or on the PATH).
  --user NAME   Whom it runs as; made if missing (default martlet).
  --dry-run     Say what would be done, a line each, and do nothing.
  --upgrade     Put the program in the place of the one that this script put here, and start anew what runs it.
  --remove      Stop it and take away what this script put here; agent.conf, what was recorded, and what somebody has
                changed since stay.
  --purge       With --remove: these too, and the user.
  --root DIR    Below DIR instead of /, and without starting or stopping anything: for images.

Where agent.conf has [action] sections: the scripts beside this one go to /usr/local/lib/martlet/actions, the lines that
sudo needs, tried by visudo, to /etc/sudoers.d/martlet-agent, and a drop-in lets the service start them. Files that are
there and that this script did not write stay as they are. /usr/local/lib/martlet/installed lists what it wrote.

Without root, for this user alone: the program goes to ~/.local/bin and a round each minute into this user's crontab.

EXIT STATUS:
  0   done
  64  the command line is wrong
  69  something that is needed is missing
  77  not allowed
TEXT
}

fail() {
    status=$1
    shift
    echo "install.sh: $*" >&2
    exit "$status"
}

dry=no remove=no upgrade=no purge=no kind='' agent='' root='' user=martlet
while [ $# -gt 0 ]; do
    case $1 in
    --as | --agent | --user | --root)
        [ $# -ge 2 ] || fail 64 "$1: a value is missing; see --help"
        case $1 in
        --as) kind=$2 ;;
        --agent) agent=$2 ;;
        --user) user=$2 ;;
        --root) root=${2%/} ;;
        esac
        shift
        ;;
    --dry-run) dry=yes ;;
    --remove) remove=yes ;;
    --upgrade) upgrade=yes ;;
    --purge) purge=yes ;;
    --help | -h)
        usage
        exit 0
        ;;
    *) fail 64 "unknown word $1; see --help" ;;
    esac
    shift
done
case $kind in
'' | systemd | openrc | cron | timer | none) ;;
*) fail 64 "--as $kind: write systemd, openrc, cron, timer or none" ;;
esac
case $user in
'' | -* | *[!a-z0-9_-]*) fail 64 "--user $user: write small letters, digits, _ and -" ;;
esac
[ "$purge" = no ] || [ "$remove" = yes ] || fail 64 "--purge goes with --remove"
[ "$upgrade" = no ] || [ "$remove" = no ] || fail 64 "--upgrade goes without --remove"

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
isroot=no
[ "$(id -u)" -ne 0 ] || isroot=yes

# What is done to the host goes through these, so that --dry-run says all of it.
act() {
    if [ "$dry" = yes ]; then
        echo "would: $*"
    else
        "$@"
    fi
}
# Of a host that runs, not of an image.
live() {
    [ -z "$root" ] || return 0
    act "$@"
}
# A stopped or missing service is no reason to stop.
live_may_fail() {
    live "$@" || echo "install.sh: $* did not go well; going on" >&2
}
# put MODE FROM TO: through a name beside it, so that a program that runs is replaced whole.
put() {
    if [ "$dry" = yes ]; then
        echo "would: install -m $1 $2 $3"
        return
    fi
    mkdir -p "$(dirname "$3")"
    cp "$2" "$3.new"
    chmod "$1" "$3.new"
    mv -f "$3.new" "$3"
    note "$3"
}
take_away() {
    for path in "$@"; do
        if [ -e "$path" ] || [ -L "$path" ]; then act rm -rf "$path"; fi
    done
}

# The manifest: of each file that was put here its checksum and its path below the root.
manifest() {
    echo "$root/usr/local/lib/martlet/installed"
}
sum_of() {
    { sha256sum <"$1" || cksum <"$1" || md5sum <"$1"; } 2>/dev/null | awk '{ print $1 }'
}
note() {
    [ "$isroot" = yes ] || [ -n "$root" ] || return 0
    [ "$upgrade" = no ] || [ -f "$(manifest)" ] || return 0
    list=$(manifest)
    mkdir -p "$(dirname "$list")"
    forget "$1"
    printf '%s\t%s\n' "$(sum_of "$1")" "${1#"$root"}" >>"$list"
}
forget() {
    list=$(manifest)
    [ -f "$list" ] || return 0
    awk -F '\t' -v path="${1#"$root"}" '$2 != path' "$list" >"$list.new"
    mv -f "$list.new" "$list"
}
# is_ours PATH: as this script put it there, so it may be replaced and taken away.
is_ours() {
    list=$(manifest)
    [ -f "$list" ] && [ -f "$1" ] && grep -qxF "$(printf '%s\t%s' "$(sum_of "$1")" "${1#"$root"}")" "$list"
}
# put_own MODE FROM TO: unless somebody else's file is there.
put_own() {
    if [ -e "$3" ] && ! cmp -s "$2" "$3" && ! is_ours "$3"; then
        echo "install.sh: $3 is not as this script wrote it, and stays" >&2
        return 0
    fi
    put "$@"
}
# take_own PATH: what was put here; with --purge also what somebody has changed since.
take_own() {
    [ -e "$1" ] || return 0
    if [ "$purge" = yes ] || is_ours "$1"; then
        act rm -f "$1"
    else
        echo "kept: $1: changed since it was put there"
    fi
}
# take_back PATH: the same, of what was put here and is not wanted any more where the rest stays.
take_back() {
    grep -qF "$(printf '\t%s' "${1#"$root"}")" "$(manifest)" 2>/dev/null || return 0
    take_own "$1"
    [ -e "$1" ] || [ "$dry" = yes ] || forget "$1"
}
# put_changed MODE FROM TO: with the program's place and the user as they are here.
put_changed() {
    if [ "$dry" = yes ]; then
        echo "would: install -m $1 $2 $3"
        return
    fi
    changed=$(mktemp)
    # systemd starts nothing whose groups are not all there.
    groups=
    for group in adm systemd-journal; do
        ! grep -q "^$group:" "$root/etc/group" 2>/dev/null || groups="$groups $group"
    done
    sed -e "s|^SupplementaryGroups=.*|SupplementaryGroups=${groups# }|" -e "s|^User=martlet\$|User=$user|" -e "s|command_user=\"martlet\"|command_user=\"$user\"|" \
        -e "s|--owner martlet:martlet|--owner $user:$user|" -e "s|  martlet  |  $user  |" "$2" >"$changed"
    put "$1" "$changed" "$3"
    rm -f "$changed"
}

detect() {
    if [ -d /run/systemd/system ]; then
        echo systemd
    elif [ -x /sbin/openrc-run ]; then
        echo openrc
    else
        echo cron
    fi
}

has_user() {
    grep -q "^$user:" "$root/etc/passwd" 2>/dev/null
}

make_user() {
    has_user && return
    if [ -n "$root" ]; then
        echo "install.sh: make the user $user in the image: useradd --system --home-dir /var/lib/martlet $user" >&2
    elif command -v useradd >/dev/null; then
        act useradd --system --user-group --home-dir /var/lib/martlet --no-create-home --shell /bin/sh "$user"
    else
        # BusyBox.
        act addgroup -S "$user"
        act adduser -S -D -H -h /var/lib/martlet -s /bin/sh -G "$user" "$user"
    fi
    # Who may read logs on Debian, Ubuntu and the like; missing elsewhere.
    for group in adm systemd-journal; do
        grep -q "^$group:" "$root/etc/group" 2>/dev/null || continue
        if [ -n "$root" ]; then continue; fi
        if command -v usermod >/dev/null; then
            live_may_fail usermod -a -G "$group" "$user"
        else
            live_may_fail addgroup "$user" "$group"
        fi
    done
}

find_agent() {
    for candidate in "$agent" "$here/martlet-agent" "$here/../bin/martlet-agent" "$(command -v martlet-agent || true)"; do
        if [ -n "$candidate" ] && [ -f "$candidate" ]; then
            echo "$candidate"
            return
        fi
        [ -z "$agent" ] || break
    done
    fail 69 "no martlet-agent found${agent:+ at $agent}; name it with --agent FILE"
}

# Who starts what is ordered: the service's user, else whoever logs in.
orders_user() {
    case $kind in
    systemd | openrc) echo "$user" ;;
    *) echo "${SUDO_USER:-root}" ;;
    esac
}

# Looks at what the actions of agent.conf need, before anything is written: sets sudoers to a file of lines, or to nothing.
prepare_actions() {
    sudoers='' conf="$root/etc/martlet/agent.conf"
    [ -e "$conf" ] || conf="$here/agent.conf"
    has_actions=no needs_no_sudo=yes
    # Its folder beside it counts as it does; without one the pattern stands for itself, and is no file.
    ! grep -q '^[[:blank:]]*\[action[[:blank:]]' "$conf" "$conf".d/*.conf 2>/dev/null || has_actions=yes
    [ "$has_actions" = yes ] || return 0
    # Whose lines another login had written, nobody knows here: they stay.
    needs_no_sudo=no
    who_orders=$(orders_user)
    [ "$who_orders" != root ] || return 0
    sudoers=$(mktemp)
    {
        echo "# What martlet-agent may start as other users: these words and no others. Written by install.sh from agent.conf."
        "$program" check --sudoers "$who_orders" "$conf" || fail 65 "$conf: its actions cannot be read; see above"
    } >"$sudoers"
    if [ "$(wc -l <"$sudoers")" -le 1 ]; then
        rm -f "$sudoers"
        sudoers='' needs_no_sudo=yes
        return 0
    fi
    visudo=$(PATH=$PATH:/usr/sbin:/sbin:/usr/local/sbin command -v visudo) ||
        fail 69 "$conf: its actions run as other users than $who_orders, and there is no sudo here; install it, or leave out their user ="
    "$visudo" -c -q -f "$sudoers" >&2 || fail 65 "$conf: visudo refuses the lines for its actions; nothing was written"
}

install_actions() {
    # What actions needed that are there no more.
    [ "$needs_no_sudo" = no ] || take_back "$root/etc/sudoers.d/martlet-agent"
    if [ "$has_actions" = no ]; then
        take_back "$root/etc/systemd/system/martlet-agent.service.d/actions.conf"
        return 0
    fi
    if grep -q '/usr/local/lib/martlet/actions/' "$conf" "$conf".d/*.conf 2>/dev/null; then
        for script in "$here"/actions/*.sh; do
            put_own 755 "$script" "$root/usr/local/lib/martlet/actions/${script##*/}"
        done
    fi
    [ -z "$sudoers" ] || put_own 440 "$sudoers" "$root/etc/sudoers.d/martlet-agent"
    rm -f "$sudoers"
    [ "$kind" != systemd ] ||
        put_own 644 "$here/systemd/actions.conf" "$root/etc/systemd/system/martlet-agent.service.d/actions.conf"
}

install_for_all() {
    [ "$isroot" = yes ] || [ -n "$root" ] || [ "$dry" = yes ] || fail 77 "run it as root"
    program=$(find_agent)
    [ -n "$kind" ] || kind=$(detect)
    prepare_actions
    put 755 "$program" "$root/usr/local/bin/martlet-agent"
    if [ ! -e "$root/etc/martlet/agent.conf" ]; then
        put 644 "$here/agent.conf" "$root/etc/martlet/agent.conf"
        # From here on it is its owner's.
        [ "$dry" = yes ] || forget "$root/etc/martlet/agent.conf"
    fi
    install_actions
    [ "$kind" != none ] || return 0
    make_user
    case $kind in
    systemd)
        put_changed 644 "$here/systemd/martlet-agent.service" "$root/etc/systemd/system/martlet-agent.service"
        live systemctl daemon-reload
        live systemctl --quiet enable martlet-agent.service
        live systemctl restart martlet-agent.service
        ;;
    timer)
        for unit in martlet-agent-once.service martlet-agent-once.timer; do
            put_changed 644 "$here/systemd/$unit" "$root/etc/systemd/system/$unit"
        done
        live systemctl daemon-reload
        live systemctl --quiet enable --now martlet-agent-once.timer
        ;;
    openrc)
        put_changed 755 "$here/openrc/martlet-agent" "$root/etc/init.d/martlet-agent"
        live rc-update add martlet-agent default
        live rc-service martlet-agent restart
        ;;
    cron)
        act mkdir -p "$root/var/lib/martlet"
        act chmod 710 "$root/var/lib/martlet"
        [ -n "$root" ] || act chown "$user:$user" /var/lib/martlet
        if [ -d "$root/etc/cron.d" ]; then
            put_changed 644 "$here/cron/martlet-agent" "$root/etc/cron.d/martlet-agent"
        else
            cron_line "-u $user" "* * * * * /usr/local/bin/martlet-agent once --state /var/lib/martlet"
        fi
        ;;
    esac
}

install_for_user() {
    case $kind in
    '' | cron | none) ;;
    *) fail 77 "--as $kind needs root" ;;
    esac
    program=$(find_agent)
    put 755 "$program" "$HOME/.local/bin/martlet-agent"
    [ "$kind" = none ] || cron_line "" "* * * * * $HOME/.local/bin/martlet-agent once"
}

# cron_line OPTIONS LINE: puts the line into a crontab in the place of an older one; an empty one takes it out.
cron_line() {
    command -v crontab >/dev/null || fail 69 "there is neither /etc/cron.d nor a program crontab here"
    if [ "$dry" = yes ]; then
        echo "would: crontab $1: ${2:-take the line of martlet-agent once out}"
        return
    fi
    table=$(mktemp)
    # shellcheck disable=SC2086
    crontab $1 -l 2>/dev/null | grep -v 'martlet-agent once' >"$table" || true
    [ -z "$2" ] || printf '%s\n' "$2" >>"$table"
    # shellcheck disable=SC2086
    crontab $1 "$table"
    rm -f "$table"
}

remove_for_all() {
    [ "$isroot" = yes ] || [ -n "$root" ] || [ "$dry" = yes ] || fail 77 "run it as root"
    units="$root/etc/systemd/system"
    for unit in martlet-agent.service martlet-agent-once.timer; do
        [ -e "$units/$unit" ] || continue
        live_may_fail systemctl --quiet disable --now "$unit"
    done
    if [ -e "$root/etc/init.d/martlet-agent" ]; then
        live_may_fail rc-service martlet-agent stop
        live_may_fail rc-update del martlet-agent default
    fi
    had_units=no
    [ ! -e "$units/martlet-agent.service" ] && [ ! -e "$units/martlet-agent-once.timer" ] || had_units=yes
    list=$(manifest)
    if [ -f "$list" ]; then
        # Without what takes its right away first, nothing may be started as another user.
        awk -F '\t' '{ print $2 }' "$list" | sort | while read -r path; do take_own "$root$path"; done
        act rm -f "$list"
        for folder in usr/local/lib/martlet/actions usr/local/lib/martlet etc/systemd/system/martlet-agent.service.d; do
            [ ! -d "$root/$folder" ] || act rmdir "$root/$folder" 2>/dev/null || :
        done
    else
        # Of a release that wrote no list.
        take_away "$units/martlet-agent.service" "$units/martlet-agent-once.service" "$units/martlet-agent-once.timer" \
            "$root/etc/init.d/martlet-agent" "$root/etc/cron.d/martlet-agent" "$root/usr/local/bin/martlet-agent"
    fi
    [ "$had_units" = no ] || live_may_fail systemctl daemon-reload
    if [ -z "$root" ] && [ ! -d /etc/cron.d ] && command -v crontab >/dev/null && has_user; then
        cron_line "-u $user" ""
    fi
    if [ "$purge" = yes ]; then
        take_away "$root/etc/martlet/agent.conf" "$root/var/lib/martlet"
        if [ -z "$root" ] && has_user; then
            if command -v userdel >/dev/null; then live_may_fail userdel "$user"; else live_may_fail deluser "$user"; fi
        fi
    else
        for kept in "$root/etc/martlet/agent.conf" "$root/var/lib/martlet"; do
            [ ! -e "$kept" ] || echo "kept: $kept"
        done
    fi
}

remove_for_user() {
    command -v crontab >/dev/null && cron_line "" ""
    take_away "$HOME/.local/bin/martlet-agent"
    [ "$purge" = no ] || take_away "${XDG_STATE_HOME:-$HOME/.local/state}/martlet-agent"
}

# The program alone, where it was put before; a service that ran must run with it.
upgrade_here() {
    program=$(find_agent)
    place="$root/usr/local/bin/martlet-agent"
    [ "$isroot" = yes ] || [ -n "$root" ] || place="$HOME/.local/bin/martlet-agent"
    [ -e "$place" ] || fail 69 "$place is not there; install.sh without --upgrade puts it there"
    put 755 "$program" "$place"
    if [ "$isroot" = no ] || [ -n "$root" ]; then return 0; fi
    if [ -e /etc/systemd/system/martlet-agent.service ] && systemctl is-active --quiet martlet-agent.service; then
        act systemctl restart martlet-agent.service
        [ "$dry" = yes ] || systemctl is-active --quiet martlet-agent.service ||
            fail 69 "martlet-agent.service does not run with the new program; see journalctl -u martlet-agent"
    elif [ -e /etc/init.d/martlet-agent ] && rc-service martlet-agent status >/dev/null 2>&1; then
        act rc-service martlet-agent restart
        [ "$dry" = yes ] || rc-service martlet-agent status >/dev/null ||
            fail 69 "the service martlet-agent does not run with the new program; see its log"
    fi
}

if [ "$isroot" = yes ] || [ -n "$root" ]; then who=all; else who=user; fi
# Without root a look at what a service would take is allowed.
if [ "$dry" = yes ] && [ -n "$kind" ] && [ "$kind" != none ] && [ "$kind" != cron ]; then who=all; fi
if [ "$upgrade" = yes ]; then
    upgrade_here
elif [ "$remove" = yes ]; then
    "remove_for_$who"
else
    "install_for_$who"
fi
