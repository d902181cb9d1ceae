import Agent
import Telemetry
import Testing
import Wire

@Suite struct `The names of hardware sensors` {
    @Test(arguments: [
        (device: "/sys/devices/platform/coretemp.0", name: "coretemp", chip: "platform_coretemp_0"),
        (device: "/sys/devices/pci0000:00/0000:00:18.3", name: "k10temp", chip: "pci0000:00_0000:00:18_3"),
        (device: "/sys/devices/virtual/thermal/thermal_zone0", name: "acpitz", chip: "thermal_thermal_zone0"),
        (device: nil, name: "W83627 EHF-", chip: "w83627_ehf"),
        (device: nil, name: "", chip: "hwmon3"),
        (device: "/", name: "---", chip: "hwmon3"),
    ])
    func `come from the device, else from the chip`(_ row: (device: String?, name: String, chip: String)) {
        #expect(
            HwmonNames.chip(device: row.device, name: row.name, folder: "/sys/class/hwmon/hwmon3") == row.chip
        )
    }

    @Test(
        arguments: [
            ("temp1_input", "node_hwmon_temp_celsius", 1000),
            ("temp1_crit", "node_hwmon_temp_crit_celsius", 1000),
            ("temp1_crit_alarm", "node_hwmon_temp_crit_alarm_celsius", 1000),
            ("temp1_alarm", "node_hwmon_temp_alarm", 1), ("temp1_fault", "node_hwmon_temp_fault", 1),
            ("temp1_type", "node_hwmon_temp_type", 1), ("fan2_input", "node_hwmon_fan_rpm", 1),
            ("fan2_min", "node_hwmon_fan_min_rpm", 1), ("fan2_div", "node_hwmon_fan_div", 1),
            ("in0_input", "node_hwmon_in_volts", 1000), ("curr1_input", "node_hwmon_curr_amps", 1000),
            ("power1_average", "node_hwmon_power_average_watt", 1_000_000),
            ("power1_accuracy", "node_hwmon_power_accuracy", 1_000_000),
            ("power1_average_interval_max", "node_hwmon_power_average_interval_max_seconds", 1000),
            ("energy1_input", "node_hwmon_energy_joule_total", 1_000_000),
            ("humidity1_input", "node_hwmon_humidity", 1_000_000), ("pwm1", "node_hwmon_pwm", 1),
            ("fan1_beep", "node_hwmon_fan_beep_enabled", 1),
            ("intrusion0_alarm", "node_hwmon_intrusion_alarm", 1),
        ] as [(String, String, UInt32)])
    func `carry the unit`(_ row: (file: String, metric: String, divisor: UInt32)) throws {
        let definition = try #require(SensorFile(row.file)).definition([:], besideBareFile: false)
        #expect(definition.key.name == row.metric)
        #expect(definition.scale == .ratio(multiplier: 1, divisor: row.divisor))
    }

    @Test func `of a value beside a bare file keep the word input`() throws {
        let definition = try #require(SensorFile("pwm1_input")).definition([:], besideBareFile: true)
        #expect(definition.key.name == "node_hwmon_pwm_input")
    }

    @Test(arguments: [
        "uevent", "name", "temp", "temp1x", "temp1_", "device", "1temp", "", "temp99999999999999999999_input",
    ])
    func `are not given to other files`(_ file: String) {
        let sensor = SensorFile(file)
        #expect(sensor == nil || sensor?.sensor == "\(file)0")
    }
}
