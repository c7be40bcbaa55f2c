/// A span of time as Slurm writes it.
struct SlurmTime: Equatable {
    let seconds: Int

    /// As Slurm prints it: [[days-]hours:]minutes:seconds.
    init?(printed text: String) {
        guard let (days, clock) = Self.split(text), clock.count >= 2 else { return nil }
        self.init(
            days: days, hours: clock.count == 3 ? clock[0] : 0, minutes: clock[clock.count - 2],
            seconds: clock[clock.count - 1])
    }

    /// As sbatch accepts it: minutes, minutes:seconds, hours:minutes:seconds, days-hours, days-hours:minutes or
    /// days-hours:minutes:seconds.
    init?(requested text: String) {
        guard let (days, clock) = Self.split(text) else { return nil }
        if days != nil {
            self.init(
                days: days, hours: clock[0], minutes: clock.count > 1 ? clock[1] : 0,
                seconds: clock.count > 2 ? clock[2] : 0)
        } else if clock.count == 1 {
            self.init(days: nil, hours: 0, minutes: clock[0], seconds: 0)
        } else {
            self.init(printed: text)
        }
    }

    private init?(days: Int?, hours: Int, minutes: Int, seconds: Int) {
        // Nobody waits for more than a million days.
        guard [days ?? 0, hours, minutes, seconds].allSatisfy({ $0 <= 1_000_000 }) else { return nil }
        self.seconds = 86_400 * (days ?? 0) + 3_600 * hours + 60 * minutes + seconds
    }

    /// Days, where they are given, and one to three numbers between colons.
    private static func split(_ text: String) -> (days: Int?, clock: [Int])? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count <= 2, let last = parts.last else { return nil }
        let clock = last.split(separator: ":", omittingEmptySubsequences: false).map(number)
        guard (1...3).contains(clock.count), clock.allSatisfy({ $0 != nil }) else { return nil }
        let days = parts.count == 2 ? number(parts[0]) : nil
        guard parts.count == 1 || days != nil else { return nil }
        return (days, clock.compactMap { $0 })
    }

    private static func number(_ digits: Substring) -> Int? {
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(digits)
    }
}
