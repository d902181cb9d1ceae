import Foundation

/// The programs that martlet starts.
enum Programs {
    /// martlet-agent beside this program, else on PATH; nil where there is none.
    static var agent: String? { agent(on: ThisMachine()) }

    static func agent(on machine: some Machine) -> String? {
        let beside = "\(machine.executableFolder)/martlet-agent"
        return machine.exists(beside) ? beside : machine.program("martlet-agent")
    }

    /// This program, or the one that has taken its place since it was started.
    static var martlet: String {
        guard let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
            return CommandLine.arguments[0]
        }
        // proc_pid_exe(5): what the kernel puts behind a name that is no longer this file's.
        let replaced = " (deleted)"
        return path.hasSuffix(replaced) ? String(path.dropLast(replaced.count)) : path
    }
}
