internal import HTTPTypes

/// Which methods a path of the API takes.
struct RouteMap: Sendable {
    /// What is answered where nothing is known of a path.
    static let all: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete]

    private let routes: [(method: HTTPRequest.Method, parts: [Substring])]

    init(_ routes: [APIRoute]) { self.routes = routes.map { ($0.method, Self.parts($0.path)) } }

    /// Whether a path is the API's, which answers for all of them.
    static func isInside(_ path: String) -> Bool { Self.parts(path).prefix(2).elementsEqual(["api", "lago"]) }

    /// In the order of `all`; empty where no route has this path. `HEAD` goes wherever `GET` does.
    func methods(of path: String) -> [HTTPRequest.Method] {
        let parts = Self.parts(path)
        let fitting = self.routes.filter { Self.fits($0.parts, parts) }
        // As routers do: a path that is written out goes before one with a part to fill in.
        guard let nearest = fitting.map({ $0.parts.map(Self.isOpen) }).min(by: Self.isNearer) else { return [] }
        let methods = Set(fitting.filter { $0.parts.map(Self.isOpen) == nearest }.map(\.method))
        return Self.all.filter { methods.contains($0) || $0 == .head && methods.contains(.get) }
    }

    private static func parts(_ path: String) -> [Substring] { path.split(separator: "/") }

    private static func isOpen(_ part: Substring) -> Bool { part.hasPrefix("{") }

    private static func isNearer(_ left: [Bool], _ right: [Bool]) -> Bool {
        left.lexicographicallyPrecedes(right) { !$0 && $1 }
    }

    private static func fits(_ template: [Substring], _ parts: [Substring]) -> Bool {
        template.count == parts.count && zip(template, parts).allSatisfy { Self.isOpen($0) || $0 == $1 }
    }
}
