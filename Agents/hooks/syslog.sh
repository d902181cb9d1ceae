#!/bin/sh
# usage: syslog.sh [OPTION OF logger...]
# A martlet hook: one line to syslog by logger(1), facility daemon; options such as `--server loghost --tcp` go to logger.
# Ends with 0, or 75 where logger could not write.
# Reads: MARTLET_STATUS, MARTLET_ALERT, MARTLET_SEVERITY, MARTLET_ID, MARTLET_COUNT, MARTLET_SUMMARY.
set -eu
case ${MARTLET_STATUS:-}/${MARTLET_SEVERITY:-} in
    firing/critical) level=crit ;;
    firing/warning) level=warning ;;
    *) level=notice ;;
esac
line=$(printf '%s %s id=%s count=%s %s' "${MARTLET_STATUS:-}" "${MARTLET_ALERT:-}" "${MARTLET_ID:-}" "${MARTLET_COUNT:-}" \
    "${MARTLET_SUMMARY:-}" | tr '\n\r' '  ')
logger -t martlet -p "daemon.$level" "$@" -- "$line" || exit 75
