import Settings
import Testing

@Suite struct AddressTests {
    @Test(arguments: [
        ("192.0.2.1", "::ffff:192.0.2.1"), ("::ffff:c000:201", "192.0.2.1"), ("::", "0:0:0:0:0:0:0:0"),
        ("2001:db8::1", "2001:0DB8:0:0:0:0:0:1"), ("1::", "1:0:0:0:0:0:0:0"), ("::1", "0:0:0:0:0:0:0.0.0.1"),
        ("fe80::1%eth0", "fe80::1"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
    ])
    func `one address has many spellings`(one: String, other: String) throws {
        #expect(try #require(IPAddress(one)) == #require(IPAddress(other)))
    }

    @Test(arguments: [
        "", "unknown", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.-4", "01.2.3.4", "1.2.3.4 ", "1.2.3.+4", "0x1.2.3.4",
        "1.2.3.4:80", "[::1]", ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::",
        "::12345", "::g", "::+1", "1.2.3.4::", "::1.2.3.4:5", "fe80::1%", "%eth0", ":1:2:3:4:5:6:7", "１.2.3.4", "::Ａ",
    ])
    func `what is no address is none`(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.0", false), ("10.9.9.9/8", "10.1.1.1", true),
        ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.6", false), ("192.0.2.0/31", "192.0.2.1", true),
        ("192.0.2.0/31", "192.0.2.2", false), ("128.0.0.0/1", "200.0.0.1", true), ("128.0.0.0/1", "100.0.0.1", false),
        ("10.0.0.0/8", "::ffff:10.1.2.3", true), ("::ffff:10.0.0.0/104", "10.1.2.3", true),
        ("10.0.0.0/8", "a00::", false),
        ("fd00::/8", "fdff::1", true), ("fd00::/8", "fc00::1", false), ("2001:db8::/64", "2001:db8::ffff:0:0:1", true),
        ("2001:db8::/64", "2001:db8:0:1::1", false), ("2001:db8::/65", "2001:db8::8000:0:0:0", false),
        ("::1", "::1", true),
        ("::1", "::2", false), ("8000::/1", "ffff::1", true), ("8000::/1", "192.0.2.1", false),
        ("::/8", "192.0.2.1", false), ("::/1", "1::1", true), ("::ffff:0:0/97", "1.2.3.4", true),
    ])
    func `a block has the addresses that begin as it does`(block: String, address: String, isIn: Bool) throws {
        #expect(try #require(AddressBlock(block)).contains(try #require(IPAddress(address))) == isIn)
    }

    @Test(arguments: [
        "", "/", "10.0.0.0/", "/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "10/8", "::/129",
        "::/0",
        "0.0.0.0/0", "::ffff:0:0/96", "::ffff:1.2.3.4/80", "fe80::%eth0/10", "example.com", "10.0.0.0/255.0.0.0", "*",
    ])
    func `what is no block is none, and neither is everybody`(text: String) {
        #expect(AddressBlock(text) == nil)
    }

    @Test func `a home's addresses of IPv6 count as one, those of IPv4 each for itself`() throws {
        func counted(_ text: String) -> ClientAddress { TrustedProxies().client(peer: text, forwardedFor: []).counted }
        #expect(counted("2001:db8:1:2::1") == counted("2001:db8:1:2:ffff::9"))
        #expect(counted("2001:db8:1:2::1") != counted("2001:db8:1:3::1"))
        #expect(counted("192.0.2.1") == counted("::ffff:192.0.2.1"))
        #expect(counted("192.0.2.1") != counted("192.0.2.2"))
        #expect(counted("unknown") == .unknown("unknown"))
    }
}

@Suite struct TrustedProxiesTests {
    private static let proxies = TrustedProxies(
        ["10.0.0.0/8", "fd00::/8", "127.0.0.1"].compactMap { AddressBlock($0) }
    )

    @Test(arguments: [
        // Nobody's word counts but a trusted proxy's.
        (peer: "192.0.2.1", forwardedFor: ["203.0.113.9"], client: "192.0.2.1"),
        ("192.0.2.1", ["10.0.0.1, 10.0.0.2"], "192.0.2.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        // The right-most that is not a proxy's; what its client wrote itself stands to the left.
        ("10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.1,203.0.113.9 ,\t10.1.1.1, fd00::7"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.1", "203.0.113.9", "10.1.1.1"], "203.0.113.9"),
        ("10.0.0.1", ["10.6.6.6, 203.0.113.9"], "203.0.113.9"),
        ("::ffff:10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        // A chain of proxies only: the one farthest away.
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        // Ports and brackets.
        ("10.0.0.1", ["203.0.113.9:4711"], "203.0.113.9"),
        ("10.0.0.1", ["[2001:db8::9]"], "2001:db8::9"),
        ("10.0.0.1", ["[2001:db8::9]:4711"], "2001:db8::9"),
        ("10.0.0.1", ["2001:db8::9"], "2001:db8::9"),
        ("fd00::1", ["203.0.113.9, 10.0.0.7:80, [fd00::8]:443"], "203.0.113.9"),
        // Behind what is no address nothing is believed: its proxy is counted.
        ("10.0.0.1", ["203.0.113.9, unknown"], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.9, unknown, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", ["203.0.113.9,"], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.9:"], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.9:123456"], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.9:+1"], "10.0.0.1"),
        ("10.0.0.1", ["[203.0.113.9]"], "10.0.0.1"),
        ("10.0.0.1", ["[2001:db8::9"], "10.0.0.1"),
        ("10.0.0.1", ["[2001:db8::9]x"], "10.0.0.1"),
        ("10.0.0.1", ["[]"], "10.0.0.1"),
        ("10.0.0.1", ["\"203.0.113.9\""], "10.0.0.1"),
        ("10.0.0.1", ["for=203.0.113.9"], "10.0.0.1"),
    ])
    func `the address is the right-most that no trusted proxy has`(
        peer: String,
        forwardedFor: [String],
        client: String
    ) throws {
        let found = Self.proxies.client(peer: peer, forwardedFor: forwardedFor)
        #expect(found == .ip(try #require(IPAddress(client))))
    }

    @Test func `a peer without an address is itself, whatever it says`() {
        #expect(Self.proxies.client(peer: "unknown", forwardedFor: ["203.0.113.9"]) == .unknown("unknown"))
    }

    @Test func `a thousand hops of one's own invention change nothing`() throws {
        let invented = (0..<1000).map { "10.0.\($0 / 250).\($0 % 250)" }.joined(separator: ",")
        let found = Self.proxies.client(peer: "10.0.0.1", forwardedFor: [invented + ", 203.0.113.9"])
        #expect(found == .ip(try #require(IPAddress("203.0.113.9"))))
    }
}
