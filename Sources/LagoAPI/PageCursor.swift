/// Where the reading of a list stands.
struct PageCursor<Object: LagoObject & Identifiable>: Sendable where Object.ID == String {
    /// The page to ask for next; nil at the end.
    var page: Int? = 1
    private let size: Int
    private let read: @Sendable (_ page: Int) async throws -> LagoPage<Object>
    /// The ids on each of the latest pages, oldest first.
    private var latest: [Set<String>] = []
    private var total: Int64?
    private var maximumRequests = Self.leastRequests
    private var requests = 0
    private var returns = 0

    /// A server that always has one more page must not hold us: a list is read no further than this, or than twice what
    /// the server said at first.
    private static var leastRequests: Int { 1000 }
    /// How often a list that shrinks is gone back in.
    private static var maximumReturns: Int { 10 }
    /// On how many pages an id is known again.
    private static var memory: Int { 20 }

    init(size: Int, read: @escaping @Sendable (_ page: Int) async throws -> LagoPage<Object>) {
        self.size = size
        self.read = read
    }

    /// - Throws: what the call throws, and `LagoError.unreadable` where a list does not end.
    mutating func next() async throws -> LagoBatch<Object>? {
        guard let page = self.page else { return nil }
        guard self.requests < self.maximumRequests else { throw LagoError.unreadable(what: "a list without end") }
        self.requests += 1
        let answer = try await self.read(page)
        self.page = self.page(after: page, answer)
        return LagoBatch(objects: self.unseen(answer.objects), page: page, unreadable: answer.unreadable)
    }

    private mutating func unseen(_ objects: [Object]) -> [Object] {
        var own: Set<String> = []
        let unseen = objects.filter { object in
            own.insert(object.id).inserted && !self.latest.contains { $0.contains(object.id) }
        }
        self.latest.append(own)
        if self.latest.count > Self.memory { self.latest.removeFirst() }
        return unseen
    }

    private mutating func page(after page: Int, _ answer: LagoPage<Object>) -> Int? {
        let gone = (self.total ?? 0) - (answer.totalCount ?? self.total ?? 0)
        if self.total == nil, let total = answer.totalCount {
            let pages = Int(clamping: total) / self.size + 1
            self.maximumRequests = max(Self.leastRequests, pages > Int.max / 2 ? Int.max : 2 * pages)
        }
        self.total = answer.totalCount ?? self.total
        if gone > 0, page > 1, self.returns < Self.maximumReturns {
            self.returns += 1
            let pages = (Int(clamping: gone) - 1) / self.size + 1
            return max(1, page - pages)
        }
        return answer.isEmpty || answer.nextPage == nil ? nil : page + 1
    }
}

/// One page of a list, with what Lago says about the others.
struct LagoPage<Object: LagoObject>: Sendable {
    let objects: [Object]
    /// What is wrong with those that cannot be read.
    let unreadable: [LagoError]
    let nextPage: Int64?
    let totalCount: Int64?

    /// Whether there is nothing on it, readable or not.
    var isEmpty: Bool { self.objects.isEmpty && self.unreadable.isEmpty }

    /// Reads the list under `member` and the `meta` beside it.
    ///
    /// - Throws: `LagoError.unreadable` where either is not there.
    init(_ member: String, in body: [UInt8]) throws(LagoError) {
        let answer = try LagoFields(body)
        var (objects, unreadable): ([Object], [LagoError]) = ([], [])
        for element in try answer.elements(member) {
            do throws(LagoError) {
                objects.append(try Object(element.get()))
            } catch {
                unreadable.append(error)
            }
        }
        self.objects = objects
        self.unreadable = unreadable
        let meta = try answer.object("meta")
        self.nextPage = try meta.readIfAny("next_page", as: .integer)
        self.totalCount = try meta.readIfAny("total_count", as: .integer)
    }
}
