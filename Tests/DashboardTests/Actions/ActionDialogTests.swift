import Canvas
import Dashboard
import Fleet
import Telemetry
import TestSupport
import Testing

@Suite struct `The dialog of actions` {
    private static func listing(_ host: String, isConnected: Bool = true, refusal: String = "") throws
        -> ActionListing
    {
        let version = DeclaredAction.Parameter(name: "version", type: try ActionParameter("version"))
        let mode = DeclaredAction.Parameter(
            name: "mode", type: try ActionParameter("choice fast|safe default safe"))
        return ActionListing(
            host: host,
            HostActions(
                actions: [
                    DeclaredAction(name: "look-web", about: "Show its connections", danger: .look),
                    DeclaredAction(name: "restart-web", about: "Restart the web service and wait for it"),
                    DeclaredAction(
                        name: "deploy-web", about: "Put a version in place", parameters: [version, mode]),
                    DeclaredAction(name: "reboot", about: "Reboot the machine", danger: .destroy),
                ], refusal: refusal, isWeaklyContained: true), isConnected: isConnected)
    }

    /// The dialog on one host, with its actions shown.
    private func host() throws -> Stage {
        var stage = Stage.host()
        stage.type("x")
        stage.send(.orders(.listings([try Self.listing(asked(stage)[0].name)])))
        stage.send(.drawn)
        return stage
    }

    private func asked(_ stage: Stage) -> [HostID] {
        stage.effects.compactMap { effect in
            if case .askActions(let hosts) = effect { return hosts }
            return nil
        }.last ?? []
    }

    private func ordered(_ stage: Stage) -> [OrderRequest] {
        stage.effects.compactMap { effect in
            if case .order(let request) = effect { return request }
            return nil
        }
    }

    @Test func `asks the host of the row what it declares, and lists it with its danger`() throws {
        let stage = try host()
        for words in ["Actions on", "look-web", "restart-web", "service", "reboot", "destroy"] {
            #expect(stage.text.contains(words), "\(words)")
        }
        #expect(try stage.differences(from: "Actions/choose") == [])
    }

    @Test func `says first that what is looked at is past`() throws {
        var stage = Stage.host()
        stage.type("p,")
        stage.type("x")
        stage.send(.orders(.listings([try Self.listing(asked(stage)[0].name)])))
        stage.send(.drawn)
        #expect(stage.text.contains("This happens now."), "\(stage.text)")
        #expect(stage.text.contains("You are looking at "))
    }

    @Test func `starts what only looks at once, and shows what it says`() throws {
        var stage = try host()
        stage.press(.enter)
        let request = try #require(ordered(stage).first)
        #expect(request.action == "look-web" && request.hosts == asked(stage).map(\.name))
        var run = OrderRun(id: "a", host: request.hosts[0], action: "look-web", state: .running)
        stage.send(
            .orders(
                .updates([
                    .run(run), .output(id: "a", offset: 0, bytes: Array("one\ntwo \u{1B}[2J\nthr".utf8)),
                ])))
        #expect(stage.text.contains("one") && stage.text.contains("running"))
        #expect(!stage.text.contains("\u{1B}"))
        run.state = .succeeded
        stage.send(.orders(.updates([.run(run)])))
        stage.send(.drawn)
        #expect(stage.text.contains("succeeded") && stage.text.contains("thr"))
        #expect(try stage.differences(from: "Actions/ended") == [])
        stage.press(.enter)
        #expect(!stage.text.contains("enter closes"))
    }

    @Test func `of one service asks again with the answer no, and enter alone starts nothing`() throws {
        var stage = try host()
        stage.type("j")
        stage.press(.enter)
        stage.send(.drawn)
        #expect(stage.text.contains("no, go back") && stage.text.contains("yes, restart-web on"))
        var other = stage
        stage.press(.enter)
        #expect(ordered(stage).isEmpty && !stage.text.contains("no, go back"))
        other.type("j")
        other.press(.enter)
        #expect(ordered(other).map(\.action) == ["restart-web"])
    }

    @Test func `drops keys that were typed before its question was drawn`() throws {
        var stage = Stage.host()
        stage.type("x")
        stage.send(.orders(.listings([try Self.listing(asked(stage)[0].name)])))
        stage.press(.enter)
        #expect(ordered(stage).isEmpty)
        stage.send(.drawn)
        stage.type("j")
        stage.press(.enter, .down, .enter)
        #expect(ordered(stage).isEmpty)
        stage.send(.drawn)
        stage.press(.down, .enter)
        #expect(ordered(stage).count == 1)
        #expect(!stage.dashboard.awaitsFrame || ordered(stage).count == 1)
    }

    @Test func `wants the host's name typed for what cannot be taken back`() throws {
        var stage = try host()
        stage.type("jjj")
        stage.press(.enter)
        stage.send(.drawn)
        let name = asked(stage)[0].name
        #expect(stage.text.contains("type \(name) to start it"))
        stage.type("yes")
        stage.press(.enter)
        #expect(ordered(stage).isEmpty && stage.text.contains("type \(name), or esc"))
        for _ in 0..<3 { stage.press(.backspace) }
        stage.type(name)
        stage.press(.enter)
        #expect(ordered(stage).map(\.action) == ["reboot"])
    }

    @Test(arguments: ["", "\n", "\r", "\nreboot\n"])
    func `takes no pasted text for a name that is to be typed`(_ more: String) throws {
        var stage = try host()
        stage.type("jjj")
        stage.press(.enter)
        let name = asked(stage)[0].name
        // Neither what came before the question was there, nor what comes after.
        stage.send(.input(.paste(name + more)))
        stage.send(.drawn)
        stage.send(.input(.paste(name + more)))
        #expect(ordered(stage).isEmpty && stage.text.contains("type \(name) to start it"))
        stage.press(.enter)
        #expect(ordered(stage).isEmpty && stage.text.contains("type \(name), or esc"))
        stage.type(name)
        stage.press(.enter)
        #expect(ordered(stage).map(\.action) == ["reboot"])
    }

    /// As a terminal pastes that knows no brackets: its keys come fast, one after the other.
    @Test(arguments: ["deploy\r{}\r", "{} \r", "{}\t{}\r", "{}{}\r", "reboot {}\r"])
    func `is not confirmed by lines of keys that hold the name among other words`(_ lines: String) throws {
        var stage = try host()
        stage.type("jjj")
        stage.press(.enter)
        let name = asked(stage)[0].name
        func send(_ stage: inout Stage) {
            for character in lines.replacing("{}", with: name) {
                switch character {
                case "\r": stage.press(.enter)
                case "\t": stage.press(.tab)
                default: stage.type(String(character))
                }
            }
        }
        var early = stage
        send(&early)
        early.send(.drawn)
        early.press(.enter)
        #expect(ordered(early).isEmpty, "keys from before the question was there")
        stage.send(.drawn)
        send(&stage)
        #expect(ordered(stage).isEmpty)
    }

    @Test func `takes parameters by their types and says what is wrong with one`() throws {
        var stage = try host()
        stage.type("jj")
        stage.press(.enter)
        stage.send(.drawn)
        #expect(stage.text.contains("a version, as 4.12.1") && stage.text.contains("fast or safe"))
        stage.press(.enter)
        #expect(stage.text.contains("deploy-web needs version"))
        stage.type("-4")
        stage.press(.enter)
        #expect(stage.text.contains("version = -4: write a version"))
        stage.press(.backspace, .backspace)
        stage.type("4.12.1")
        stage.press(.enter)
        stage.send(.drawn)
        #expect(stage.text.contains("yes, deploy-web version=4.12.1 mode=safe on"))
        stage.press(.down, .enter)
        #expect(ordered(stage).first?.parameters == ["version": "4.12.1", "mode": "safe"])
    }

    @Test func `goes to all marked hosts, wants their number, and keeps them though marks change`() throws {
        var stage = Stage.fleet(3)
        stage.type("  x")
        let hosts = asked(stage)
        #expect(hosts.count == 2)
        stage.send(.orders(.listings(try hosts.map { try Self.listing($0.name) })))
        stage.send(.drawn)
        stage.type("j")
        stage.press(.enter)
        stage.send(.drawn)
        #expect(stage.text.contains("type 2 to start it"))
        stage.type("3")
        stage.press(.enter)
        #expect(ordered(stage).isEmpty)
        stage.press(.backspace)
        stage.type("2")
        stage.press(.enter)
        #expect(ordered(stage).first?.hosts == hosts.map(\.name))
    }

    @Test func `says of what was left running how it ended`() throws {
        var stage = try host()
        stage.press(.enter)
        stage.send(.drawn)
        var run = OrderRun(id: "a", host: "web1", action: "look-web", state: .running)
        stage.send(.orders(.updates([.run(run)])))
        stage.press(.escape)
        run.state = .failed
        run.exitStatus = 3
        stage.send(.orders(.updates([.run(run)])))
        #expect(stage.text.contains("look-web on web1: failed: status 3"))
    }

    @Test func `says why nothing can be started`() throws {
        for (listings, words) in [
            ([try Self.listing("web1", isConnected: false)], "not connected"),
            (
                [try Self.listing("web1", refusal: "agent.conf says actions = no")],
                "web1: agent.conf says actions = no"
            ),
            ([ActionListing(host: "web1", HostActions())], "no [action] is declared"),
        ] {
            var stage = Stage.host()
            stage.type("x")
            stage.send(.orders(.listings(listings)))
            #expect(stage.text.contains(words))
        }
        var stage = Stage.host()
        stage.type("x")
        stage.send(.orders(.failed("no hub answers")))
        #expect(stage.text.contains("no hub answers"))
    }

    @Test func `asks for one danger more on a host that is protected`() throws {
        let declared = HostActions(
            actions: [
                DeclaredAction(name: "look", about: "x", danger: .look),
                DeclaredAction(name: "restart", about: "x"),
                DeclaredAction(name: "boot", about: "x", danger: .destroy),
            ])
        let listing = ActionListing(host: "db1", declared, isProtected: true)
        #expect(listing.declared.map(\.danger) == [.service, .destroy, .destroy])
        #expect(ActionListing(host: "db1", declared).declared.map(\.danger) == [.look, .service, .destroy])
    }

    @Test func `is not there where nothing may be changed`() {
        var stage = Stage(Dashboard.Options(hosts: [FixtureHost().id], isReadOnly: true, usesUTC: true))
        stage.tell(FixtureHost().history(seconds: 5))
        stage.type("x")
        #expect(asked(stage).isEmpty)
        stage.type("?")
        #expect(!stage.text.contains("start what the marked"))
    }
}
