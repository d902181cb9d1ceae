import Canvas
import Dashboard

extension Message {
    static func key(_ character: Character) -> Message { .input(.key(KeyPress(.character(character)))) }
    static func key(_ key: Key) -> Message { .input(.key(KeyPress(key))) }
    static func control(_ character: Character) -> Message { .input(.key(.control(character))) }
}
