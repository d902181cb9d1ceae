#!/bin/sh
# usage: rollback.sh NAME [VERSION]
# Goes back to VERSION, or without it to the version that was good on this host when the last deploy began, whatever came of
# that deploy: never to the folder that merely is the one before. Where that version runs nothing is done, so a host on which
# a deploy has failed and turned back by itself stays as it is. Health is waited for; the link is turned in one step.
#
# Reads /etc/martlet/actions/NAME.env as deploy.sh does.
# Ends with 0 when that version runs, 1 when it does not, 69 when none is known.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
name=${1:-}
version=${2:-}
case $name in
'' | -* | */* | *[!0-9A-Za-z._@-]*)
	echo "usage: rollback.sh NAME [VERSION]" >&2
	exit 64
	;;
esac
ROOT=/srv/$name
file=${MARTLET_ACTIONS:-/etc/martlet/actions}/$name.env
# shellcheck source=/dev/null
if [ -r "$file" ]; then . "$file"; fi

current=$(readlink -- "$ROOT/current" 2>/dev/null || true)
current=${current##*/}
if [ -z "$version" ]; then version=$(cat -- "$ROOT/from" 2>/dev/null || true); fi
if [ -n "$version" ] && [ "$version" = "$current" ]; then
	echo "$name $version runs already"
	exit 0
fi
if [ -z "$version" ] || [ ! -d "$ROOT/releases/$version" ]; then
	echo "$name: no version that ran well here is known besides ${current:-none}" >&2
	exit 69
fi
echo "going back from ${current:-nothing} to $version"
status=0
"$here/deploy.sh" "$name" "$version" --mode=safe || status=$?
# What was left is no version to go back to, and this one still is when it did not come to run.
printf '%s\n' "$version" >"$ROOT/.from.new"
mv -f -- "$ROOT/.from.new" "$ROOT/from"
exit "$status"
