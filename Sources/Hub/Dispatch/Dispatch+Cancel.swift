package import Fleet
import Telemetry
import Wire

/// Ending orders before their time: the wish is in the journal first, and stands until the host has said how the order ended.
extension Dispatch {
    /// Asks hosts to end what these orders started; the orders as they stand, some of which may have ended by then.
    ///
    /// A host that is away is asked when it comes back, and starts nothing that it had not heard of; an order that has come to its
    /// end stays as it is.
    package func cancel(_ ids: [String], actor: [String: String]) async throws(DispatchError) -> [OrderRun] {
        for id in ids where run(id) == nil { throw .unknownOrder(id) }
        let open = ids.compactMap { run($0) }.filter { !$0.state.isOver && cancels[$0.id] == nil }
        guard !open.isEmpty else { return ids.compactMap { run($0) } }
        do throws(HubError) {
            try await journal.append(open.map { ("cancelled", Optional($0), AuditRecord.words(of: actor)) })
        } catch {
            throw .journal(error.description)
        }
        for order in open { cancels[order.id] = actor }
        for order in open { await tellCancel(order.id) }
        return ids.compactMap { run($0) }
    }

    /// Tells the order's host, where somebody wants it ended.
    func tellCancel(_ id: String) async {
        guard let actor = cancels[id], let run = run(id) else { return }
        let labels = Labels(actor.map { Label($0.key, $0.value) })
        await core.send(FrameEncoder.frame(.cancel(id: id, actor: labels)), to: HostID(run.host))
    }
}
