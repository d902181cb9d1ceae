import Fleet
import Foundation
import Hub
import TestSupport
import Testing

@Suite struct `A folder whose hosts.yaml is wrong` {
    @Test func `is not said to have rules and rollouts for nobody`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.url.path
        let files = [
            "hosts.yaml": "version: 1\nhosts:\n  web1: {usr: ops}\n  db1:\n",
            "rules.yaml": "version: 1\nalerts:\n  - {name: A, when: cpu > 90% for 1m, where: host=web1}\n",
            "rollouts.yaml": """
            version: 1
            rollouts:
              web: {where: web2, action: deploy, batches: [100%], on_failure: halt}
            """,
        ]
        for (name, text) in files {
            try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
            chmod("\(path)/\(name)", 0o600)
        }
        let load = await ConfigurationLoad.whole(path, agent: nil, now: 0)
        #expect(
            load.errors.count == 1 && load.errors.first?.description.contains("usr") == true, "\(load.errors)"
        )
        #expect(load.warnings == [])
    }
}

@Suite struct `The files that hooks need` {
    @Test func `are looked at before anybody must be told of something`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.url.path
        let modes = ["page.sh": 0o755, "closed.sh": 0o600, "token": 0o600, "open": 0o644]
        for (name, mode) in modes {
            try "#!/bin/sh\n".write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
            chmod("\(path)/\(name)", mode_t(mode))
        }
        let text = """
            version: 1
            hooks:
              a: {run: [./page.sh], secret: token}
              b: {run: [./missing.sh], secret: missing}
              c: {run: [./closed.sh], secret: open}
            heartbeat: {run: [no-such-program]}
            """
        try text.write(toFile: "\(path)/rules.yaml", atomically: true, encoding: .utf8)
        chmod("\(path)/rules.yaml", 0o600)
        let load = await ConfigurationLoad.whole(path, agent: nil, now: 0)
        let file = "\(path)/rules.yaml"
        #expect(
            load.warnings == [
                "\(file):4:12: hook b: \(path)/./missing.sh: is not there",
                "\(file):5:12: hook c: \(path)/./closed.sh: is not executable; chmod 755 it",
                "\(file):6:18: the heartbeat: no-such-program: is not on PATH; give its path, such as hooks/no-such-program",
                "\(file):4:36: secret of hook b: \(path)/missing: is not there",
                "\(file):5:35: secret of hook c: \(path)/open: a secret is a file that its owner alone may read; chmod 600 it",
            ])
    }
}
