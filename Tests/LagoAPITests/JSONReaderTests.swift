import Foundation
import Testing

@testable import LagoAPI

@Suite struct JSONReaderTests {
    @Test(
        arguments: [
            ("{}", nil), (" [1, 2.50,\t-3e+7]\r\n", nil), (#"{"a":{"b":[null,true,false,""]}}"#, nil), ("0", nil),
            ("", .cutOff), ("  ", .cutOff), ("{", .cutOff), (#"{"a""#, .cutOff), (#"{"a":"#, .cutOff), ("[1,", .cutOff),
            (#"{"a":"b"#, .cutOff), (#""\u12"#, .cutOff), ("tru", .cutOff), ("-", .cutOff), ("[1", .cutOff),
            ("1.", .cutOff),
            ("{]", .invalid), ("[1 2]", .invalid), ("[1,]", .invalid), ("{,}", .invalid), ("01", .invalid),
            ("+1", .invalid),
            ("1.e5", .invalid), ("nul1", .invalid), (#""\x""#, .invalid), ("\"\u{1}\"", .invalid), ("{} {}", .invalid),
            (#"{"a":1,}"#, .invalid), (#"{a:1}"#, .invalid), ("NaN", .invalid), (#""\u12G4""#, .invalid),
            ("'a'", .invalid),
        ] as [(String, JSONReader.Fault?)]
    )
    func `a text is JSON, ends early, or is something else`(text: String, fault: JSONReader.Fault?) {
        var thrown: JSONReader.Fault?
        do throws(JSONReader.Fault) {
            _ = try JSONReader.read(Array(text.utf8))
        } catch {
            thrown = error
        }
        #expect(thrown == fault)
    }

    @Test(arguments: [
        (#""a\"b\\c\/d\b\f\n\r\t""#, "a\"b\\c/d\u{8}\u{C}\n\r\t"), (#""\u003cb\u003e \u00e9""#, "<b> é"),
        (#""\ud83d\ude00!""#, "😀!"), (#""\ud83d!""#, "\u{FFFD}!"), (#""\ud83dx\ude00""#, "\u{FFFD}x\u{FFFD}"),
        (#""\ud83d\u0041""#, "\u{FFFD}A"), (#""ü😀""#, "ü😀"), (#""""#, ""),
    ])
    func `a text is read with its escapes`(source: String, expected: String) throws {
        let value = try JSONReader.read(Array(source.utf8))
        guard case .text(let text) = value.content else {
            Issue.record("\(value.kind)")
            return
        }
        #expect(text == expected)
    }

    @Test func `numbers keep their digits, and values their bytes`() throws {
        let source = #"{"n": 12345678901234.56789 , "o": {"x" : [0.10, 1e-5]} , "n2":100000000000000000000000000001}"#
        guard case .object(let members) = try JSONReader.read(Array(source.utf8)).content else {
            Issue.record("no object")
            return
        }
        let sources = members.mapValues { String(decoding: $0.source, as: UTF8.self) }
        #expect(
            sources == [
                "n": "12345678901234.56789", "o": #"{"x" : [0.10, 1e-5]}"#, "n2": "100000000000000000000000000001",
            ]
        )
        guard case .number("12345678901234.56789")? = members["n"]?.content else {
            Issue.record("digits were lost")
            return
        }
    }

    @Test func `of two members with one name the last counts`() throws {
        let fields = try LagoFields(Array(#"{"a":1,"a":2}"#.utf8))
        #expect(try fields.read("a", as: .integer) == 2)
    }

    @Test func `nesting is read to a depth, and refused beyond it`() {
        let deep = { (count: Int) in
            [UInt8](repeating: UInt8(ascii: "["), count: count) + [UInt8](repeating: UInt8(ascii: "]"), count: count)
        }
        #expect(throws: Never.self) { try JSONReader.read(deep(128)) }
        #expect(throws: JSONReader.Fault.self) { try JSONReader.read(deep(129)) }
        #expect(throws: JSONReader.Fault.self) { try JSONReader.read(deep(1_000_000)) }
    }

    /// Whatever bytes come, the answer is a value or a fault, and Foundation agrees on which.
    @Test func `broken JSON is refused as Foundation refuses it, and more`() {
        var random = SystemRandomNumberGenerator()
        let seed = Array(#"{"a":[1,-2.5e3,true,null,"x\n\u00e9"],"b":{"c":"d"},"e":{}}"#.utf8)
        let marks = Array(#"{}[]",:\0123456789.eE+-tfnu "#.utf8)
        for _ in 0..<5000 {
            var text = seed
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<text.count, using: &random)
                let mark = marks[Int.random(in: 0..<marks.count, using: &random)]
                if Bool.random(using: &random) { text[place] = mark } else { text.insert(mark, at: place) }
            }
            let isRead = (try? JSONReader.read(text)) != nil
            let foundation = try? JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed)
            // Foundation lets a comma stand before a closing bracket, and refuses numbers that fit no Double and half
            // surrogate pairs; nothing else may differ.
            let words = String(decoding: text, as: UTF8.self)
            if foundation != nil, !isRead { #expect(words.contains(/,[ ]*[\]}]/), "\(words)") }
            if foundation == nil, isRead { #expect(words.contains(/[0-9][eE]|\\u/), "\(words)") }
        }
    }
}
