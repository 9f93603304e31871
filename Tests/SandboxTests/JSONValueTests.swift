import Testing

@testable import Sandbox

struct JSONValueTests {
    @Test func `text is written as Rails writes it`() {
        let json: JSONValue = [
            "b": "<a href=\"x\">R&D</a>\u{2028}\u{2029}", "a": ["Søn, 株式会社 🦝", "\\\n\t\r\u{8}\u{C}\u{1}\u{7F}"],
            "n": nil,
            "t": true, "i": -12,
        ]
        #expect(
            json.railsText == #"{"b":"\u003ca href=\"x\"\u003eR\u0026D\u003c/a\u003e\u2028\u2029","#
                + #""a":["Søn, 株式会社 🦝","\\\n\t\r\b\f\u0001"# + "\u{7F}" + #""],"n":null,"t":true,"i":-12}"#
        )
    }

    @Test func `parsing keeps the order of keys and the digits of numbers`() throws {
        let text = #"{"z":1.10,"a":[1e5,-0.0,12345678901234567890],"m":{"k":"\u00e9\ud83e\udd9d"}}"#
        let json = try JSONValue(parsing: text.utf8)
        #expect(json.railsText == #"{"z":1.10,"a":[1e5,-0.0,12345678901234567890],"m":{"k":"é🦝"}}"#)
        #expect(try JSONValue(parsing: " [ 1 , {\"a\" : \" b \"} ] \n".utf8).railsText == #"[1,{"a":" b "}]"#)
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\"}", "{\"a\":1,}", "01", "1.", "+1", "nul", "\"\\x\"", "\"\\ud800\"", "\"\u{1}\"",
        "\"\\ud800 \\udc00\"", "[1] 2", "\"\\u 123\"", String(repeating: "[", count: 200),
    ])
    func `what is not JSON is refused`(text: String) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: text.utf8) }
    }

    @Test func `merging goes down into objects and replaces everything else`() {
        let base: JSONValue = ["a": ["x": 1, "y": 2], "b": [1, 2], "c": "old"]
        #expect(
            base.merging(["a": ["y": 3], "b": [], "d": nil]) == ["a": ["x": 1, "y": 3], "b": [], "c": "old", "d": nil]
        )
    }
}
