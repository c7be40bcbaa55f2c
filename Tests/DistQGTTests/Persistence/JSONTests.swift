import DistQGT
import Foundation
import RunFiles
import Testing

@Suite struct JSONTests {
    private let sample: JSONValue = [
        "zeta": 1, "alpha": [true, false, nil], "text": "a \"quoted\" \\ line\nand \u{1} 🙂 é",
        "deep": [["x": [1.5, -0.0, 1e300]], []], "empty": [:],
    ]

    @Test func jsonWriting() {
        let expected = [
            #"{"zeta":1,"alpha":[true,false,null],"text":"a \"quoted\" \\ line\nand \u0001 🙂 é","#,
            #""deep":[{"x":[1.5,-0.0,1e+300]},[]],"empty":{}}"#,
        ].joined()
        #expect("\(sample)" == expected)
        #expect("\(JSONValue([.nan, .infinity, -.infinity, 0.1]))" == "[null,null,null,0.1]")
        let pretty = JSONWriter.encode(["mean": [1.0, 2.0], "b": ["c": nil, "d": [[1], []]]], style: .pretty)
        #expect(
            String(decoding: pretty, as: UTF8.self) == """
                {
                  "mean": [1.0, 2.0],
                  "b": {
                    "c": null,
                    "d": [
                      [1],
                      []
                    ]
                  }
                }
                """)
    }

    @Test func jsonRoundTrip() throws {
        for style in [JSONWriter.Style.compact, .pretty] {
            #expect(try JSONParser.parse(JSONWriter.encode(sample, style: style)) == sample)
        }
        var generator = MutationGenerator(seed: 1)
        let doubles = (0..<20_000).map { _ in Double(bitPattern: generator.next()) }.filter(\.isFinite)
        let read = try JSONParser.parse(JSONWriter.encode(JSONValue(doubles)))
        #expect(read.numbers?.map(\.bitPattern) == doubles.map(\.bitPattern))
        let integers = (0..<10_000).map { _ in Int(truncatingIfNeeded: generator.next()) } + [.min, .max, 0, -1]
        #expect(try JSONParser.parse(JSONWriter.encode(JSONValue(integers))) == JSONValue(integers))
    }

    /// Against Foundation's parser, on a text neither of the two wrote.
    @Test func jsonAgreesWithFoundation() throws {
        let text = """
            {"a": [1, 2.5e-3, -7E+2, 0.1, 123456789012345678901234567890, 9223372036854775807],
             "s": "\\u00e9\\ud83d\\ude42\\/\\b\\f\\t", "t": true, "n": null, "o": {"é": {}}}
            """
        let mine = try JSONParser.parse(text)
        let theirs = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(mine["a"]?.numbers == (theirs["a"] as? [NSNumber])?.map(\.doubleValue))
        #expect(mine["s"]?.string == theirs["s"] as? String)
        #expect(mine["a"]?[5]?.integer == .max)
        #expect(mine.object?.keys == ["a", "s", "t", "n", "o"])
        #expect(mine["t"]?.bool == true && mine["n"]?.isNull == true && mine["o"]?["é"] == [:])
    }

    @Test func jsonNearestDoubles() throws {
        // Halfway cases and the ends of the range, with their bits.
        let cases: [(String, UInt64)] = [
            ("9007199254740993.0", 0x4340_0000_0000_0000), ("9007199254740995.0", 0x4340_0000_0000_0002),
            ("2.2250738585072011e-308", 0x000F_FFFF_FFFF_FFFF), ("4.9e-324", 1), ("2e-324", 0),
            ("1.7976931348623157e308", 0x7FEF_FFFF_FFFF_FFFF), ("-0", 1 << 63), ("-0.0", 1 << 63),
            ("0." + String(repeating: "0", count: 400) + "1e401", 0x3FF0_0000_0000_0000),
        ]
        for (text, bits) in cases {
            #expect(try JSONParser.parse(text).number?.bitPattern == bits, "\(text)")
        }
    }

    @Test func jsonErrorsHavePlaces() {
        func place(_ text: String) -> [Int]? {
            do { _ = try JSONParser.parse(text) } catch { return [error.line, error.column] }
            return nil
        }
        #expect(place("") == [1, 1])
        #expect(place("[1,\n 2,\n  x]") == [3, 3])
        #expect(place("{\"a\": 1,\n\"a\": 2}") == [2, 1])
        #expect(place("[1 2]") == [1, 4])
        #expect(place("[1]\n]") == [2, 1])
        for text in [
            "01", "-", "+1", "1.", ".5", "1e", "1e+", "0x10", "-0x1", "NaN", "Infinity", "nul", "tru", "1e999",
            "-1e999",
            "[1,]", "[,1]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "'a'", "\"a", "\"\\x\"",
            "\"\\u12\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"a\nb\"", "\"\\", "[", "{", "{\"",
            "1 1", "\0", "[1\0]",
            "\u{FEFF}1", "\"\\ud800\\u0041\"",
        ] {
            #expect(place(text) != nil, "\(text)")
        }
        #expect(throws: JSONError.self) { try JSONParser.parse([0x22, 0xff, 0x22]) }
        #expect(throws: JSONError.self) { try JSONParser.parse([0x22, 0xed, 0xa0, 0x80, 0x22]) }
        #expect(throws: JSONError.self) { try JSONParser.parse([0x22, 0xc0, 0x80, 0x22]) }
    }

    @Test func jsonDepthIsLimited() throws {
        for opening in ["[", "{\"a\":"] {
            let closing = opening == "[" ? "]" : "}"
            func nested(_ depth: Int) -> String {
                String(repeating: opening, count: depth) + "1" + String(repeating: closing, count: depth)
            }
            _ = try JSONParser.parse(nested(JSONParser.maximumDepth))
            #expect(throws: JSONError.self) { try JSONParser.parse(nested(JSONParser.maximumDepth + 1)) }
            #expect(throws: JSONError.self) { try JSONParser.parse(String(repeating: opening, count: 2_000_000)) }
        }
    }

    @Test func jsonMutationsNeverCrash() throws {
        let original = JSONWriter.encode(sample) + Array("[[1e5,-2.5E-7],{\"\\u00e9\":\"\\ud83d\\ude42\"}]".utf8)
        let pieces = Array("[]{}\",:\\u0eE+-.0123456789tfn \n".utf8)
        var generator = MutationGenerator(seed: 2)
        var accepted = 0
        for _ in 0..<20_000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<5, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes[place] = pieces.randomElement(using: &generator) ?? 0
                case 2: bytes.insert(pieces.randomElement(using: &generator) ?? 0, at: place)
                case 3: bytes.removeSubrange(place..<min(place + 5, bytes.count - 1))
                default: bytes.removeLast(bytes.count - max(place, 1))
                }
            }
            guard let value = try? JSONParser.parse(bytes) else { continue }
            accepted += 1
            #expect(try JSONParser.parse(JSONWriter.encode(value)) == value)
        }
        #expect(accepted < 20_000)
    }

    @Test func jsonObjects() throws {
        var object = JSONObject()
        for index in 0..<100 { object["key\(99 - index)"] = .integer(index) }
        #expect(object.count == 100 && object.keys.first == "key99" && object["key0"] == 99)
        object["key50"] = nil
        object["key10"] = "replaced"
        #expect(object.count == 99 && object["key50"] == nil && object["key10"] == "replaced" && object["key0"] == 99)
        let large = "{" + (0..<200_000).map { "\"\($0)\":\($0)" }.joined(separator: ",") + "}"
        #expect(try JSONParser.parse(large)["199999"]?.integer == 199_999)
        #expect(JSONValue([1, .nan]).numbers?.count == 2 && (["x"] as JSONValue).numbers == nil)
        #expect(try JSONParser.parse("[1, null, 2.5]").numbers?.filter(\.isNaN).count == 1)
    }

    @Test func jsonParsesNumbersFast() throws {
        var generator = MutationGenerator(seed: 3)
        let values = (0..<500_000).map { _ in Double.random(in: -1...1, using: &generator) }
        let bytes = JSONWriter.encode(JSONValue(values))
        let seconds = try ContinuousClock().measure { _ = try JSONParser.parse(bytes) } / .seconds(1)
        let rate = Double(bytes.count) / seconds / 1e6
        print("JSON numbers: \(Int(rate)) MB/s")
        #expect(rate > 5, "20 MB/s and more on a machine of its own; this one may be shared")
    }
}
