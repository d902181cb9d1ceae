/// The signal table, laid out by number so that a tick only adds and divides.
enum SignalPlan {
    /// A formula of the catalogue and what its values go on to.
    struct Formula: Sendable {
        let formula: SignalFormula
        /// The summaries that it feeds, by their place in `SignalTable.summaries`.
        let summaries: [Int]
        let isInner: Bool
        let feedsLoadPerCore: Bool
    }

    /// By kind, and in it by formula.
    static let formulas: [[Formula]] = SignalTable.kinds.map { kind in
        kind.formulas.map { formula in
            Formula(
                formula: formula,
                summaries: SignalTable.summaries.indices.filter {
                    SignalTable.summaries[$0].of == formula.signal
                },
                isInner: SignalTable.inner.contains(formula.signal),
                feedsLoadPerCore: formula.signal == "load.5")
        }
    }

    /// What feeds what, by metric name; one metric may feed several kinds.
    static let inputs: [String: [(kind: Int, input: SignalInput)]] = {
        var found: [String: [(kind: Int, input: SignalInput)]] = [:]
        for (place, kind) in SignalTable.kinds.enumerated() {
            for input in kind.inputs { found[input.metric, default: []].append((place, input)) }
        }
        return found
    }()

    static let cpuKind = SignalTable.kinds.firstIndex { $0.label == "cpu" } ?? -1
}
