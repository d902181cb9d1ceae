import Telemetry
import Wire

/// The collector of `*.prom` files as it is without a folder to look into: node_exporter then says that none of them failed,
/// and rules that watch for that need the series.
package final class TextfileProbe: Probe {
    package let name = "textfile"
    package let tier = Tier.minute
    private var slot = -1

    package init() {}

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        if slot < 0 {
            slot = readings.define(SeriesDefinition(SeriesKey("node_textfile_scrape_error"), .gauge))
        }
        readings[slot] = 0
    }
}
