/// Who was let in, and for how long.
package struct Admission: Hashable, Sendable {
    package let principal: Principal
    /// In Unix milliseconds; nil where what was shown does not expire.
    package let expires: Int64?

    package init(_ principal: Principal, expires: Int64? = nil) {
        self.principal = principal
        self.expires = expires
    }
}
