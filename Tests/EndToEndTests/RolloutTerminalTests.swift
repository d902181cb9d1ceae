import TestSupport
import Testing

/// `martlet rollout start` in a terminal: its question, and ctrl-c.
@Suite(.serialized, .timeLimit(.minutes(4))) struct `A rollout that is started in a terminal` {
    /// Clears the screen, so that what is shown next is new.
    private func clear(_ terminal: TmuxSession) throws {
        try terminal.line("clear; echo cleared")
        try terminal.expect("cleared\nready>")
    }

    @Test func `shows its plan and asks for the number of hosts, and begins with no other answer`() throws {
        let world = try RolloutWorld()
        try world.startHub()
        guard let terminal = try world.terminal() else { return }
        let start = "\"$martlet\" rollout start steps; echo status $?"
        for answer in ["", "2", "yes", "steps"] {
            try terminal.line(start)
            try terminal.expect("it may start now; nothing was started")
            try terminal.expect("rollout steps on web1, web2, web3\ntype 3 to go on:")
            try terminal.line(answer)
            try terminal.expect("not confirmed: nothing was started")
            try terminal.expect("status 64")
            try clear(terminal)
        }
        // ctrl-c at the question is no answer either.
        try terminal.line(start)
        try terminal.expect("type 3 to go on:")
        try terminal.type("C-c")
        try terminal.expect("^C")
        try clear(terminal)
        #expect(world.state("steps") == "" && world.starts("web1").isEmpty)

        try terminal.line(start)
        try terminal.expect("type 3 to go on:")
        try terminal.line("3")
        try terminal.expect("status 0")
        #expect(try terminal.screen().contains(/\n[0-9a-f]{16}\n/), "the id")
        #expect(world.comes("steps", to: "held"))
        #expect(RolloutWorld.hosts.map(world.starts) == [["step"], [], []])
    }

    @Test func `goes on after ctrl-c, which ends only the waiting and says how to look again`() throws {
        let world = try RolloutWorld()
        try world.startHub()
        guard let terminal = try world.terminal() else { return }
        try terminal.line("\"$martlet\" rollout start steps -y --wait; echo status $?")
        try terminal.expect("batch 1 waits for approval")
        try terminal.type("C-c")
        try terminal.expect("steps goes on: martlet rollout attach")
        try terminal.expect("status 4")
        #expect(world.state("steps") == "held")
        // Who follows again sees it to its end.
        try clear(terminal)
        try terminal.line("\"$martlet\" rollout attach steps --wait; echo status $?")
        try terminal.expect("batch 1 waits for approval")
        #expect(try world.run(["rollout", "resume", "steps"]).status == 0)
        try terminal.expect("steps: succeeded", within: 60)
        try terminal.expect("status 0")
        #expect(RolloutWorld.hosts.map(world.starts) == [["step"], ["step"], ["step"]])
    }
}
