import Foundation
import TestSupport

/// A program that samples a host as the agent does, and how it is brought to take one sample a second.
protocol Collector: AnyObject {
    var name: String { get }
    var child: Child { get }
    /// Runs for `seconds` and returns how many samples it took.
    func sample(seconds: Double) -> Double
}

extension Collector {
    /// By its own clock, once a second.
    func sample(seconds: Double) -> Double {
        let began = Child.now()
        _ = child.read(seconds: seconds)
        return Double(Child.now() - began) / 1e9
    }
}

enum Collectors {
    /// Those that are installed here, started.
    static func installed() -> [any Collector] {
        let starts: [() throws -> any Collector] = [NodeExporter.init, Collectd.init, Sadc.init]
        return starts.compactMap { try? $0() }
    }
}

/// collectd with seven plugins that read what the agent reads, every process among it; writes files.
final class Collectd: Collector {
    let name = "collectd, 7 plugins"
    let child: Child
    private let folder: TemporaryFolder

    init() throws {
        guard let program = Program.find("collectd") else { throw BenchError("collectd is not installed") }
        folder = try TemporaryFolder()
        let root = folder.url.path
        let plugins = ["cpu", "memory", "df", "disk", "interface", "load", "processes", "csv"]
        let text =
            """
            Hostname "bench"
            FQDNLookup false
            BaseDir "\(root)"
            PIDFile "\(root)/pid"
            PluginDir "/usr/lib/collectd"
            TypesDB "/usr/share/collectd/types.db"
            Interval 1

            """ + plugins.map { "LoadPlugin \($0)\n" }.joined()
            + "<Plugin csv>\n DataDir \"\(root)/csv\"\n</Plugin>\n"
        try text.write(toFile: "\(root)/collectd.conf", atomically: false, encoding: .utf8)
        child = try Child([program, "-f", "-C", "\(root)/collectd.conf"])
    }
}

/// sysstat's collector with everything it knows, into a file; it reads no single processes.
final class Sadc: Collector {
    let name = "sadc -S XALL"
    let child: Child
    private let folder: TemporaryFolder

    init() throws {
        let program = "/usr/lib/sysstat/sadc"
        guard access(program, X_OK) == 0 else { throw BenchError("sysstat is not installed") }
        folder = try TemporaryFolder()
        child = try Child([program, "-S", "XALL", "1", "99999", "\(folder.url.path)/sa"])
    }
}
