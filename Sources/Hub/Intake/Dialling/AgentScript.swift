package import Fleet

/// What runs on a host to find the agent, or to take a copy of it, and to become it; pure.
///
/// The login shell may be any, so the command is `sh -c` and one word between single quotes in which neither quote,
/// backslash, newline nor exclamation mark stands: fish reads backslashes there, csh newlines and the mark. Where the
/// host has something to say it is one line of standard output, which ``HostWord`` reads.
package enum AgentScript {
    /// `copy` is what a copy would be; nil never copies. `arguments` are words of ours; where they are not a stream's,
    /// a ``HostWord/run`` comes before what the agent prints.
    package static func command(
        _ target: HostTarget, copy: AgentCopy?, mustCopy: Bool = false, arguments: [String] = ["stream"],
        readsScript: Bool = false
    ) -> String {
        if readsScript {
            // A shell that reads its script from us, with the agent's path as its first word.
            let shell = "say run; exec " + (target.usesSudo ? "sudo -n -- " : "") + "sh -s -- \"$a\";"
            return "sh -c '" + script(target, copy: copy, mustCopy: true, shell).joined(separator: " ") + "'"
        }
        let begin = arguments == ["stream"] ? "" : "say run; "
        let become = target.usesSudo ? "exec sudo -n -- " : "exec "
        let run = begin + become + "\"$a\" " + arguments.joined(separator: " ") + ";"
        return "sh -c '" + script(target, copy: copy, mustCopy: mustCopy, run).joined(separator: " ") + "'"
    }

    private static func script(
        _ target: HostTarget, copy: AgentCopy?, mustCopy: Bool, _ run: String
    ) -> [String] {
        let found = "\"$a\" --version >/dev/null 2>&1"
        var lines = [
            "umask 077;",
            // Where an agent usually is, behind what the login shell thinks.
            "PATH=$PATH:/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin:/opt/martlet/bin:/opt/martlet;",
            "PATH=$PATH:$HOME/bin:$HOME/.local/bin;",
            "say() { echo; echo \"\(HostWord.mark) $*\"; };",
        ]
        switch target.agent {
        case .path(let path): lines.append("a=\(path); if \(found); then \(run) fi;")
        case .copy: break
        case .automatic, .installed:
            if !mustCopy { lines.append("if a=$(command -v martlet-agent) && \(found); then \(run) fi;") }
        }
        let takesCopy = target.agent == .automatic || target.agent == .copy
        guard takesCopy, let copy else {
            return lines + [
                #"if [ -n "$a" ]; then "$a" --version 2>&1 >/dev/null | tail -n 1 >&2; fi;"#,
                #"say none $(uname -s) $(uname -m) $a; exit 127"#,
            ]
        }
        return lines + folder(target) + take(copy, run)
    }

    /// Finds the first folder that is ours, can be written and may hold programs: `d`.
    ///
    /// An empty file is a program to every sh, unless its filesystem says noexec.
    private static func folder(_ target: HostTarget) -> [String] {
        let candidates =
            target.agentFolder.map { "\"\($0)\"" }
            ?? #""${XDG_CACHE_HOME:-$HOME/.cache}/martlet" "/var/tmp/martlet-$u" "${XDG_RUNTIME_DIR:-/run/user/$u}/martlet""#
        return [
            "u=$(id -u); s=$(uname -s); m=$(uname -m); n=; w=;",
            "for d in \(candidates); do",
            #"mkdir -p "$d" 2>/dev/null; t="$d/.try$$";"#,
            // Others' folders, and links that others made, are not for programs of ours.
            #"if [ -d "$d" ] && [ -O "$d" ] && { if [ -h "$d" ]; then false; else (: >"$t") 2>/dev/null; fi; }; then"#,
            #"chmod 700 "$d" "$t"; if "$t" 2>/dev/null; then w=1; rm -f "$t"; break; fi;"#,
            #"rm -f "$t"; n="$n noexec:$d"; else n="$n unwritable:$d"; fi; done;"#,
            #"if [ -z "$w" ]; then say nowhere $n; exit 73; fi;"#,
        ]
    }

    /// Takes the copy that is there, or asks for it and reads it from standard input: all of it, under another name
    /// until its digest is right.
    private static func take(_ copy: AgentCopy, _ run: String) -> [String] {
        let name = "martlet-agent-\(copy.digest.prefix(16))"
        return [
            #"h() { { sha256sum <"$1" || busybox sha256sum <"$1" || openssl dgst -sha256 -r <"$1" ||"#,
            #"{ chmod 700 "$1"; "$1" digest; }; } 2>/dev/null | { read -r g r; echo "$g"; }; };"#,
            "a=\"$d/\(name)\";",
            "if [ -f \"$a\" ] && [ \"$(h \"$a\")\" = \(copy.digest) ]; then \(run) fi;",
            #"rm -f "$d"/.new-*; t="$d/.new-$$"; say copy $s $m $d;"#,
            "if head -c \(copy.size) >\"$t\"; then :; else say unwritten $d; rm -f \"$t\"; exit 74; fi;",
            "if [ \"$(h \"$t\")\" = \(copy.digest) ]; then :; else say spoilt $d; rm -f \"$t\"; exit 65; fi;",
            #"chmod 700 "$t"; mv -f "$t" "$a";"#,
            #"for o in "$d"/martlet-agent-*; do [ "$o" = "$a" ] || rm -f "$o"; done;"#,
            run,
        ]
    }
}

/// What a copy of the agent is: its size in bytes, and its SHA-256 in hexadecimal.
package struct AgentCopy: Hashable, Sendable {
    package let size: Int
    package let digest: String
    /// As uname(1) calls the machine that it runs on.
    package let machine: String

    package init(size: Int, digest: String, machine: String) {
        self.size = size
        self.digest = digest
        self.machine = machine
    }
}
