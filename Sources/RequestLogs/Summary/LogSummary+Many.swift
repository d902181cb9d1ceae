/// Requests of the usual form, counted many at a time.
extension LogSummary {
    /// Counts requests whose lines are in `bytes`: the same as `add` does one by one.
    @_optimize(speed)
    mutating func add(_ requests: inout QuickRequests, in bytes: Span<UInt8>) {
        var first = 0
        for number in 0..<requests.count {
            let request = requests[number]
            let route = routes.known(request.hash)
            guard route > 0, !hasChecks, !isSortingByTime else {
                // Routes may be made and merged here, so that what was told of places is counted before.
                addToSeries(requests, first..<number)
                first = number + 1
                add(request.record, in: bytes)
                if notable != nil { keepNotable(bytes, Int(request.start), Int(request.end)) }
                continue
            }
            let method = HTTPMethod.named(
                bytes,
                ByteRange(start: Int(request.method), end: Int(request.method) + Int(request.methodLength)))
            let (place, slot) = addToAll(
                route, method, status: request.status, size: request.bytes, duration: request.duration,
                isAbort: false)
            requests.put(number, series: place, slot: slot)
            if request.isNewTime {
                let time = ByteRange(start: Int(request.time), end: Int(request.time) + QuickLine.timeLength)
                if let time = clock.milliseconds(bytes, time, .common) { note(time: time) }
            }
            if notable != nil { keepNotable(bytes, Int(request.start), Int(request.end)) }
        }
        addToSeries(requests, first..<requests.count)
    }

    /// Gives the notable line its text, `start..<end` of the bytes.
    @inline(never)
    mutating func keepText(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) {
        guard var notable, notable.text.isEmpty else { return }
        notable.text = bytes.array(start..<min(end, start + ErrorSamples.lineMax))
        let message = notable.message
        let isInside = message.start >= start && message.end <= start + notable.text.count
        notable.message =
            isInside ? ByteRange(start: message.start - start, end: message.end - start) : .none
        self.notable = notable
    }

    /// Puts the notable line with its text behind those of the lines before.
    @inline(never)
    mutating func keepNotable(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) {
        keepText(bytes, start, end)
        notable?.time = lastTime
        if let notable, keepsNotable { notables.append(notable) }
        notable = nil
    }
}
