import Agent
import Testing

@Suite struct `The mount table` {
    @Test(arguments: [
        (
            line: "27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard",
            device: "/dev/vda", place: "/", type: "ext4", isReadOnly: false
        ),
        (
            line:
                #"41 27 8:17 / /srv/two\040words\011and\134more rw shared:7 master:1 - xfs /dev/sdb1 ro,attr2"#,
            device: "/dev/sdb1", place: "/srv/two words\tand\\more", type: "xfs", isReadOnly: true
        ),
        (
            line: "50 27 0:60 / /mnt/nfs ro,relatime - nfs4 server:/export\\040a rw,vers=4.2",
            device: "server:/export a", place: "/mnt/nfs", type: "nfs4", isReadOnly: true
        ),
        (
            line: "51 27 8:33 / /data rw - ext4 /dev/sdc1 rw,emergency_ro,errors=remount-ro",
            device: "/dev/sdc1", place: "/data", type: "ext4", isReadOnly: true
        ),
        (
            line: #"52 27 8:34 / /odd\09x\04 rw - ext4 /dev/sdd1 rw"#,
            device: "/dev/sdd1", place: #"/odd\09x\04"#, type: "ext4", isReadOnly: false
        ),
        (
            line: "44 27 0:52 / /var/lib/docker rw - ext4 /dev/vdc rw",
            device: "/dev/vdc", place: "/var/lib/docker", type: "ext4", isReadOnly: false
        ),
        (
            line: "45 27 0:52 / /development rw - ext4 /dev/vdd rw",
            device: "/dev/vdd", place: "/development", type: "ext4", isReadOnly: false
        ),
    ])
    func `takes a mount`(_ row: (line: String, device: String, place: String, type: String, isReadOnly: Bool))
    {
        let mounts = MountTable(Array(row.line.utf8).span).mounts
        #expect(mounts.map(\.device) == [row.device])
        #expect(mounts.map(\.mountPoint) == [row.place])
        #expect(mounts.map(\.type) == [row.type])
        #expect(mounts.map(\.isReadOnly) == [row.isReadOnly])
    }

    @Test(arguments: [
        "24 27 0:6 / /dev rw - devtmpfs devtmpfs rw", "25 24 0:23 / /dev/shm rw - tmpfs tmpfs rw",
        "22 27 0:21 / /proc rw - proc proc rw", "31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw",
        "42 27 0:50 / /run/credentials/systemd-journald.service ro - tmpfs tmpfs rw",
        "43 27 0:51 / /var/lib/docker/volumes/a rw - ext4 /dev/vdc rw",
        "46 27 0:54 / /var/lib/containers/storage/overlay rw - xfs /dev/vdd rw",
        "45 27 0:53 / /snap/core/1 ro - squashfs /dev/loop3 ro", "47 27 0:55 / / rw - overlay overlay rw",
        "", "27", "27 1 254:0 / / rw shared:1", "27 1 254:0 / / rw shared:1 -", " - ext4 /dev/vda rw",
    ])
    func `leaves out what has no size worth watching, and what is no mount`(_ line: String) {
        #expect(MountTable(Array(line.utf8).span).mounts == [])
    }

    @Test func `takes a mount once and counts what is beyond its limit`() {
        var text = ""
        for number in 0..<(MountTable.mountsMax + 3) {
            let line = "\(number) 27 0:1 / /mnt/\(number) rw - ext4 /dev/vda rw\n"
            text += line + line
        }
        let table = MountTable(Array(text.utf8).span)
        #expect(table.mounts.count == MountTable.mountsMax)
        #expect(table.leftOut == 6)
    }

    /// As in a container that sees the host's files at /host: what is below has the host's own names.
    @Test func `tells the places below a root as that root has them`() {
        let lines = """
            30 1 8:1 / / rw - overlay overlay rw
            31 30 8:1 / /host rw - ext4 /dev/sda1 rw
            32 31 8:2 / /host/srv rw - xfs /dev/sdb1 rw
            33 31 0:5 / /host/dev/x rw - ext4 /dev/sdc1 rw
            34 30 8:3 / /hostile rw - ext4 /dev/sdd1 rw

            """
        let mounts = MountTable(Array(lines.utf8).span, rootfs: "/host").mounts
        #expect(mounts.map(\.mountPoint) == ["/", "/srv", "/hostile"])
    }
}
