import Glibc
import Telemetry
import Wire

/// Who reads: from the greeting to the goodbye, and what each of them asks for.
extension AgentLoop {
    /// How long the last frames may wait for their reader.
    private static let farewellNanoseconds: UInt64 = 1_000_000_000

    func join() {
        guard let recording, let (connection, user) = recording.accept() else { return }
        guard links.count < Recording.linksMax else {
            close(connection)
            return
        }
        let link = AgentLink(connection: connection, user: user)
        links.append(link)
        greet(link)
    }

    func greet(_ link: AgentLink) {
        if !link.hasSaidHello { link.send(.hello(Self.hello(host, paths, nonce, .own))) }
        link.hasSaidHello = true
        // Told also where there are none: who has heard nothing does not know.
        var actions = couriers?.declared ?? HostActions()
        if !link.mayOrder { actions = HostActions(refusal: AgentLink.mayNotOrder) }
        link.send(.actions(actions))
        link.send(facts())
    }

    /// `name` nil is the kernel's.
    static func hello(
        _ name: String?, _ paths: AgentPaths, _ nonce: UInt64, _ configuration: Hello.Configuration
    ) -> Hello {
        let host = name ?? Attribute.text(paths.proc("sys/kernel/hostname"), ProbeBuffer()) ?? ""
        return Hello(
            program: "martlet-agent", programVersion: martletVersion, host: host, nonce: nonce,
            configuration: configuration)
    }

    func facts() -> WireMessage {
        var facts = HostFacts.read(paths)
        facts.notApplicable = sampler.collectors.compactMap { collector in
            collector.notApplicable.map { Label(collector.probe.name, $0) }
        }
        facts.notApplicable += sampler.part?.notApplicable ?? []
        if let problem = sentProblem { facts.notApplicable.append(Label("agent_conf", problem)) }
        if let problem = toldProblem { facts.notApplicable.append(Label("recorder", problem)) }
        return .facts(host: "", facts)
    }

    /// What a recording's segments begin with.
    func openingFrames() -> [UInt8] {
        let hello = Self.hello(host, paths, nonce, .unsaid)
        return FrameEncoder.frame(.hello(hello)) + FrameEncoder.frame(facts())
    }

    func dropEndedLinks() {
        guard links.contains(where: { $0.ending != nil }) else { return }
        for link in links where link.ending != nil && link.isStandard { end(link.ending ?? "") }
        guard ending == nil else { return }
        for link in links where link.ending != nil { link.send(.goodbye(reason: link.ending ?? "")) }
        links.removeAll { $0.ending != nil }
        applyWishes()
    }

    /// Says goodbye; a reader that is only slow gets all of it, so that its last frame is whole.
    func goodbye() {
        for link in links { link.send(.goodbye(reason: link.ending ?? ending ?? "asked to stop")) }
        let deadline = Self.monotonicNanoseconds() &+ Self.farewellNanoseconds
        while let link = links.first(where: { $0.output.isWaiting }), Self.monotonicNanoseconds() < deadline {
            var waiting = pollfd(fd: link.output.descriptor, events: Int16(POLLOUT), revents: 0)
            guard unsafe poll(&waiting, 1, 100) >= 0 else { return }
            guard waiting.revents == 0 || link.output.flush() else {
                links.removeAll { $0 === link }
                continue
            }
        }
    }

    /// What is told of orders goes between ticks, to all who may give them: whoever does not know an order passes it over.
    func relay() {
        guard let couriers else { return }
        let readers = links.filter(\.mayOrder)
        if couriers.hasNews {
            couriers.hasNews = false
            for link in readers { link.send(.actions(couriers.declared)) }
        }
        // Where nobody reads, it waits in the host's ledger.
        while readers.allSatisfy({ !$0.output.isWaiting }), let message = couriers.next() {
            for link in readers { link.send(message) }
        }
    }

    func perform(_ effect: AgentSession.Effect, for link: AgentLink) {
        switch effect {
        case .none: break
        case .greeted:
            let now = Self.now().wall
            if let have = recording?.have(at: now) {
                link.send(have)
            } else if let past = options.past, past.oldest < now {
                link.send(.have(from: past.oldest, to: now))
            }
        case .sendSnapshot: link.needsSnapshot = true
        case .sample(let interval, let wantsAll, let wantsLines):
            link.wishes = AgentLink.Wishes(
                intervalMilliseconds: interval, wantsAllProcesses: wantsAll, wantsLines: wantsLines)
            applyWishes()
        case .replay(let from, let to, let step):
            link.nextReplay = ReplayRequest(from: from, to: to, stepMilliseconds: step)
            if link.replay == nil { beginReplay(link) }
        case .answer(let message): link.send(message)
        case .start(let order):
            guard let couriers else {
                let text = "this host declares no action"
                return link.send(
                    .report(
                        Report(
                            id: order.id, state: .refused, exitStatus: 0, text: text, cause: .undeclared)))
            }
            couriers.take(order)
        case .configure:
            // What is counted already cannot be counted otherwise; a hub sends none to a host that awaits none.
            sentProblem = "it came when the sampling had begun, and was not taken; a new connection takes it"
            sampler.hasNewFacts = true
        case .cancel(let id, let actor): couriers?.cancel(id, actor)
        case .close(let reason): link.end(reason)
        }
    }

    /// What one of them wants all get; the shortest interval holds.
    private func applyWishes() {
        sampler.part?.showsLines = links.contains { $0.wishes.wantsLines }
        processes?.wantsAllProcesses = links.contains { $0.wishes.wantsAllProcesses }
        if interval != timer.milliseconds, !timer.start(milliseconds: interval) {
            end("the kernel gave no timer")
        }
    }

    func beginReplay(_ link: AgentLink) {
        guard let request = link.nextReplay else { return }
        link.nextReplay = nil
        if let folder = recording?.folder ?? options.past?.folder {
            link.replay = ReplayChild(request, folder: folder, reaper)
        }
        // An empty span: nothing is recorded, or nobody can read it.
        if link.replay == nil { link.send(.have(from: request.to, to: request.to)) }
    }
}
