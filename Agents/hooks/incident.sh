#!/bin/sh
# usage: incident.sh FILE
# A martlet hook: appends one line of tab-separated facts to FILE, once for each run however often it is tried.
# Ends with 0, or 75 where the file could not be written; 64 for usage.
# Reads: MARTLET_AT, MARTLET_STATUS, MARTLET_SEVERITY, MARTLET_ID, MARTLET_ALERT, MARTLET_SUMMARY, MARTLET_KEY.
set -eu
[ $# -eq 1 ] || { echo "usage: incident.sh FILE" >&2; exit 64; }
plain() { printf %s "$1" | tr '\n\r\t' '   '; }
key=$(plain "${MARTLET_KEY:-}")
if [ -n "$key" ] && [ -f "$1" ] && tail -n 1000 "$1" | cut -f7 | grep -qxF -- "$key"; then
    exit 0
fi
printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "${MARTLET_AT:-}" "${MARTLET_STATUS:-}" "${MARTLET_SEVERITY:-}" "${MARTLET_ID:-}" \
    "$(plain "${MARTLET_ALERT:-}")" "$(plain "${MARTLET_SUMMARY:-}")" "$key" >> "$1" || exit 75
