/// The program's help, which is also what its manual page is made from.
package enum AgentHelp {
    package static let text = """
        martlet-agent: samples this host for martlet

        USAGE:
          martlet-agent stream [--interval 1s] [--text] [--processes N] [--command-lines WHAT] [--log SERVICE=PATH]
                               [--no-discover] [--state DIR] [--config FILE]
          martlet-agent run [--state DIR] [--interval 1s] [--processes N] [--command-lines WHAT] [--log SERVICE=PATH]
                            [--no-discover] [--config FILE]
          martlet-agent once [the options of run]
          martlet-agent replay [--state DIR] [--from 1h] [--to 0s] [--step 1s] [--text]
          martlet-agent metrics [--format openmetrics|prometheus]
          martlet-agent logs FILE... [--format NAME[:PATTERN]] [--output table|json|jsonl|csv] [--explain]
          martlet-agent discover [--output table|conf|json]
          martlet-agent check [--sent] [--sudoers NAME] [FILE | --config FILE] [--output table|json]
          martlet-agent frames FILE
          martlet-agent digest
          martlet-agent --help | --version

        COMMANDS:
          stream    Samples every interval and writes frames to standard output until its standard input ends
                    or SIGTERM comes: what `martlet` runs, here or over ssh.
          run       Samples and records in the state folder until SIGTERM comes: for hours when nobody looks. SIGHUP
                    has it take agent.conf over as it now is, whole or not at all. A stream beside it joins it and
                    samples nothing itself; a second run waits until the folder is free.
          once      One round for the recorder, for cron: samples, reads the logs on from where the last round stood,
                    records both and ends. Beside a live run or stream it has nothing to do and ends with 0.
          replay    Prints what was recorded, as frames.
          metrics   One scrape of this host, with node_exporter's names, as text.
          logs      Analyses finished logs, plain, gzip or zstd (- is standard input): requests by status, latency by
                    route, a database's slow statements and errors.
          discover  What runs here: programs that listen, their logs, how those are written, and sections of
                    agent.conf for them.
          check     Is agent.conf right, and do its logs read as it says: what is wrong, where, and what to do.
                    Without FILE the one that stream reads. With --sent it says whether FILE may be sent to hosts, as
                    agent_conf of hosts.yaml is; with --sudoers NAME only the lines that sudo needs for its
                    actions, where the agent runs as NAME.
          frames    Reads recorded frames from FILE (- is standard input) and prints them as text.
          digest    The SHA-256 of this program's own file: what martlet checks a copy by on a host without sha256sum,
                    busybox and openssl.

        OPTIONS OF STREAM:
          --interval D          Time between samples, 1s to 5m (default 1s).
          --config FILE         agent.conf, or its folder (default: the first that is there of $MARTLET_CONFIG,
                                $XDG_CONFIG_HOME/martlet, ~/.config/martlet, /etc/martlet). Flags go before it.
          --text                Readable lines instead of frames.
          --ticks N             End after N samples (default 0: never).
          --processes N         How many of the busiest processes to send, by CPU, memory and I/O each, 0 to 200
                                (default 30). 0 switches the process scan off.
          --command-lines WHAT  Of a process's arguments: name (none), masked (what follows password, token, secret
                                or key becomes ***), full (default masked).
          --log SERVICE=PATH    Follow the log at PATH, through rotations, and send the requests, durations and errors
                                that it tells of as those of SERVICE. PATH is absolute and may hold * ? [a-z]; the format
                                is found out. At the first sight an hour of it (64 MiB at most) is read back, and told
                                at its own time. May be given again, also for the same service.
          --no-discover         Follow only logs that are named, here or in agent.conf (there: [agent] discover = no).
                                Without it, and where none is named, those are followed that discover says are: it is
                                run a second after the start, when programs begin or cease to listen, and now and then.
                                One that may not be read is told with what to do.
          --state DIR           Record in DIR: samples, requests, error samples and busiest processes in a ring, and how far
                                each log was read and what it counted, so that processes that end, or are killed, and
                                the next ones count each line once. Default for run and once: [record] path, else
                                $STATE_DIRECTORY, /var/lib/martlet for root, $XDG_STATE_HOME/martlet-agent or
                                ~/.local/state/martlet-agent. A stream takes that folder where run or once made it, and
                                joins whoever records there or in /var/lib/martlet; else it keeps nothing, and counts
                                logs from an hour back. One process at a time writes DIR, of the user that owns it.

        OPTIONS OF RUN AND ONCE:
          Those of stream, without --text and --ticks as nobody reads them. [record] of agent.conf says how long, how much
          and how full the disk may be: age, size, keep_free.

        OPTIONS OF REPLAY:
          --from D, --to D      What came after D ago and up to D ago (default 1h and 0s), or after and up to @N,
                                milliseconds since 1970.
          --step D              One tick in D, with the last values of each series in it (default 1s). Of more than half
                                a MiB the steps are longer, so that it fits.
          --text                Readable lines instead of frames.

        OPTIONS OF METRICS:
          --format F            openmetrics (default), or prometheus: text format 0.0.4, for textfile collectors.

        OPTIONS OF LOGS:
          --format F            auto (default), a format's name, or a name and the server's own line behind a colon, as
                                'nginx:$remote_addr - $remote_user [$time_local] "$request" $status' or
                                'tomcat9:%h %l %u %t "%r" %s %b %D' (there %D is milliseconds, for tomcat10 microseconds).
                                Names: auto nginx apache tomcat9 tomcat10 gunicorn haproxy caddy uwsgi traefik envoy
                                express morgan pino winston django flask werkzeug uvicorn puma rails lograge springboot
                                postgresql mysql mongodb json logfmt pattern
                                nginx-error apache-error php-fpm application.
          -o, --output O        table (default); json: one object for the run; jsonl and csv: its routes, a line each, or
                                the kinds of messages of a log without requests.
          --route TEMPLATE      A route of your own, as /items/:id or /files/*; may be given again, the first that fits
                                counts. Others are learned.
          --ignore 'GET /x'     A check and no traffic, counted apart; a method or *; may be given again.
          --zone ZONE           For times without a zone: +HH:MM or a name, as Europe/Berlin (default UTC).
          --explain             How sure the format is, which others come near, and the first lines that do not fit with
                                a mark under the first character that does not.

        OPTIONS OF DISCOVER:
          -o, --output O        table (default), conf: sections for agent.conf, or json: one object.

          A log is followed if it may be read, if a service writes it (a program that listens, a unit, a container, a
          server that runs and whose package has it so), and if a format reads most of its first lines, or there
          are none yet. Of nginx, Apache and HAProxy that run, the configuration is read too, through its includes: it
          says which logs there are and the very line that they are written as. Other files that no format reads (a build's output, say) are left out and counted.

        WHERE TO LOOK:
          --path.procfs DIR     Where /proc is mounted (default /proc).
          --path.sysfs DIR      Where /sys is mounted (default /sys).
          --path.rootfs DIR     Where the watched root is mounted (default /), for an agent in a container.
          --collector.textfile.directory DIR
                                Also read the series in DIR's *.prom files, in Prometheus's text format without
                                timestamps, each ten seconds. May be given more than once, 16 times at most.

        EXIT STATUS:
          0    done, or asked to stop
          1    check: a log is not as agent.conf says
          64   the command line is wrong
          65   a file is not what it should be
          66   a file cannot be read, or nothing is recorded
          71   the kernel refused a timer or a descriptor
          73   the state folder is in use, another user's, or cannot be written
          75   once: the disk took nothing, as it has less free than [record] keep_free; try again later

        EXAMPLES:
          martlet-agent metrics | grep node_load
          martlet-agent stream --text | less
          martlet-agent replay --from 30m --step 10s --text | less
          martlet-agent stream --ticks 60 > minute.frames && martlet-agent frames minute.frames

        """
}
