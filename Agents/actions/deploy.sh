#!/bin/sh
# usage: deploy.sh NAME VERSION [--mode=safe|fast]
# Puts the version of NAME in place and restarts it: the release is unpacked beside the others, a link is turned over to it in
# one step, and when it does not answer the link is turned back. May be run twice.
#
#   ROOT/releases/VERSION     one folder a version
#   ROOT/current              a link to the one that runs
#   ROOT/good                 the version with which a deploy ended well last: it answered, or in mode fast was restarted
#   ROOT/from                 the one that was good, or ran, when the last deploy began, whatever came of it: rollback.sh's target
#
# /etc/martlet/actions/NAME.env sets:
#   ROOT             (/srv/NAME)
#   FETCH            a command line for sh that puts the release into the folder $RELEASE, an empty one; VERSION is set too
#   KEEP             releases to keep besides those that run, were good or could be gone back to (5)
# and what restart.sh and health.sh read. Without FETCH the release must lie in ROOT/releases already.
# Mode safe (default) waits for health and turns back; fast restarts and waits for nothing.
# Ends with 0 when the new version runs, 1 when it does not (and the old one was put back), 64 when asked wrongly.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
name=${1:-}
version=${2:-}
mode=${3:---mode=safe}
bad() {
	echo "usage: deploy.sh NAME VERSION [--mode=safe|fast]" >&2
	exit 64
}
case $name in '' | -* | */* | *[!0-9A-Za-z._@-]*) bad ;; esac
ROOT=/srv/$name FETCH='' KEEP=5 HEALTH_VERSION=''
file=${MARTLET_ACTIONS:-/etc/martlet/actions}/$name.env
# shellcheck source=/dev/null
if [ -r "$file" ]; then . "$file"; fi

# A note is whole or as it was.
note() {
	printf '%s\n' "$2" >"$ROOT/.$1.new"
	mv -f -- "$ROOT/.$1.new" "$ROOT/$1"
}
before=$(readlink -- "$ROOT/current" 2>/dev/null || true)
before=${before##*/}
from=$(cat -- "$ROOT/good" 2>/dev/null || true)
from=${from:-$before}
# Before anything can fail: who goes back from a deploy that did nothing stays where it is.
if [ -n "$from" ]; then note from "$from"; fi

case $version in '' | [!0-9A-Za-z]* | */* | *[!0-9A-Za-z._+-]*) bad ;; esac
case $mode in --mode=safe | --mode=fast) ;; *) bad ;; esac
release=$ROOT/releases/$version
mkdir -p "$ROOT/releases"

if [ ! -d "$release" ]; then
	if [ -z "$FETCH" ]; then
		echo "$release is not there, and FETCH is not set in $file" >&2
		exit 64
	fi
	# Unpacked elsewhere and renamed, so that a release is whole or not there.
	new=$ROOT/releases/.new.$version
	rm -rf -- "$new"
	mkdir "$new"
	echo "fetching $version"
	if ! RELEASE=$new VERSION=$version sh -c "$FETCH"; then
		rm -rf -- "$new"
		echo "$version could not be fetched; nothing was changed" >&2
		exit 1
	fi
	mv -- "$new" "$release"
fi

# rename(2) of a new link over the old one: at no moment is there none.
turn() {
	ln -sfn -- "releases/$1" "$ROOT/.current.new"
	mv -T -- "$ROOT/.current.new" "$ROOT/current" 2>/dev/null || mv -f -- "$ROOT/.current.new" "$ROOT/current"
}

echo "turning $name from ${before:-nothing} to $version"
turn "$version"

runs() {
	"$here/restart.sh" "$name" true || return 1
	[ "$mode" = --mode=fast ] && return 0
	if [ -n "$HEALTH_VERSION" ]; then
		"$here/health.sh" "$name" "$1"
	else
		"$here/health.sh" "$name"
	fi
}

if ! runs "$version"; then
	if [ -z "$before" ] || [ "$before" = "$version" ]; then
		echo "$name $version does not run, and there is no version to go back to" >&2
		exit 1
	fi
	echo "$name $version does not run; going back to $before" >&2
	turn "$before"
	if ! runs "$before"; then echo "$name $before does not run either" >&2; fi
	exit 1
fi
note good "$version"

# The oldest go, but never those that run or could be gone back to.
count=0
# shellcheck disable=SC2012
ls -1t "$ROOT/releases" | while read -r old; do
	case $old in "$version" | "$before" | "$from" | '') continue ;; esac
	case $old in *[!0-9A-Za-z._+-]*) continue ;; esac
	count=$((count + 1))
	if [ "$count" -gt "$KEEP" ]; then
		echo "removing $old"
		rm -rf -- "${ROOT:?}/releases/$old"
	fi
done
echo "$name $version runs"
