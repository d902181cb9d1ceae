#!/bin/sh
# usage: restart.sh NAME [CHECK…]
# Restarts the service NAME and waits until it answers. With CHECK, a command and its words, that is run until it succeeds;
# without, health.sh NAME is where it lies beside this script and a check is configured.
#
# How it is restarted: RESTART of NAME's file; else a container of that name (docker, podman), a unit of systemd, a service of
# OpenRC or of SysV, the first that is there. May be run twice.
#
# /etc/martlet/actions/NAME.env (root's, or of who runs this) may set:
#   RESTART          a command line for sh that restarts it
#   HEALTH_TIMEOUT   seconds to wait for it to answer (30)
# and what health.sh reads. MARTLET_ACTIONS names another folder.
# Ends with 0 when it answers, 1 when it does not, 64 when asked wrongly, 69 when nothing of that name is here.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
name=${1:-}
case $name in
'' | -* | */* | *[!0-9A-Za-z._@-]*)
	echo "usage: restart.sh NAME [CHECK...]; NAME has letters, digits, . _ @ -" >&2
	exit 64
	;;
esac
shift
RESTART='' HEALTH_TIMEOUT=30
file=${MARTLET_ACTIONS:-/etc/martlet/actions}/$name.env
# shellcheck source=/dev/null
if [ -r "$file" ]; then . "$file"; fi

has() { command -v "$1" >/dev/null 2>&1; }
container() { has "$1" && "$1" container inspect "$name" >/dev/null 2>&1; }

if [ -n "$RESTART" ]; then
	echo "restarting $name: $RESTART"
	sh -c "$RESTART"
elif container docker; then
	echo "restarting the container $name"
	docker restart "$name" >/dev/null
elif container podman; then
	echo "restarting the container $name"
	podman restart "$name" >/dev/null
elif [ -d /run/systemd/system ] && systemctl cat -- "$name" >/dev/null 2>&1; then
	echo "restarting the unit $name"
	systemctl restart -- "$name"
elif has rc-service && rc-service --exists "$name"; then
	echo "restarting the service $name"
	rc-service "$name" restart
elif [ -x "/etc/init.d/$name" ]; then
	echo "restarting /etc/init.d/$name"
	"/etc/init.d/$name" restart
else
	echo "no container, unit or service $name is here; set RESTART in $file" >&2
	exit 69
fi

if [ $# -gt 0 ]; then
	waited=0
	until "$@"; do
		waited=$((waited + 1))
		if [ "$waited" -ge "$HEALTH_TIMEOUT" ]; then
			echo "$name does not answer after $HEALTH_TIMEOUT s: $*" >&2
			exit 1
		fi
		sleep 1
	done
	echo "$name answers"
elif [ -x "$here/health.sh" ]; then
	"$here/health.sh" "$name"
fi
