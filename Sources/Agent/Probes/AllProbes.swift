/// Every probe of this build, in the order of their groups on the wire.
package enum AgentProbes {
    /// `pageSize` is the kernel's, in bytes.
    package static func all(_ paths: AgentPaths, _ buffer: ProbeBuffer, pageSize: UInt32) -> [any Probe] {
        let cpu = CPUProbe()
        let links = LinkTable(buffer)
        return [
            // StatProbe first: it reads the lines that CPUProbe turns into series.
            StatProbe(paths, buffer, cpu: cpu), cpu, MemoryProbe(paths, buffer), VMStatProbe(paths, buffer),
            LoadProbe(paths, buffer), DiskProbe(paths, buffer), PressureProbe(paths, buffer),
            NetstatProbe(paths, buffer), SockstatProbe(paths, buffer, pageSize: pageSize),
            ScalarsProbe.files(paths, buffer), TimeProbe(), SchedstatProbe(paths, buffer),
            SoftnetProbe(paths, buffer),
            InterruptsProbe(paths, buffer), ScalarsProbe.entropy(paths, buffer),
            ScalarsProbe.conntrack(paths, buffer),
            ScalarsProbe.hungTasks(paths, buffer), TimexProbe(), UnameProbe(paths, buffer),
            NetdevProbe(paths, buffer, links), NetclassProbe(paths, buffer, links), ArpProbe(paths, buffer),
            UDPQueuesProbe(paths, buffer), TCPStatProbe(buffer, clock: AgentLoop.monotonicNanoseconds),
            FilesystemProbe(paths, buffer), HwmonProbe(paths, buffer), ThermalProbe(paths, buffer),
            CPUFrequencyProbe(paths, buffer), PowerSupplyProbe(paths, buffer), MDProbe(paths, buffer),
            BondingProbe(paths, buffer),
        ]
    }
}
