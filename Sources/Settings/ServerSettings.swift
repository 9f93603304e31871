/// Where the service listens and where it keeps its file.
///
/// - `DATABASE_URL` (`sqlite:PATH`, default `sqlite:data/sluice.db`)
/// - `HOST` (address, default `127.0.0.1`)
/// - `PORT` (0...65535, default 8080; 0 lets the system pick)
/// - `WEBHOOK_PORT` (port): a listener of its own for webhooks; all others then take small headers only
/// - `METRICS_PORT` (port): a listener of its own for `/metrics`
/// - `PUBLIC_URL` (http or https URL): where customers reach this server; links in mails begin with it
/// - `BILLING_URL` (http or https URL): the page where a customer buys credits, with `{external_customer_id}` in it
///   where the customer's id belongs; Sluice's own where it is not set
/// - `CA_FILE` (path): certificates trusted beside the system's, for every outgoing connection
/// - `BENCH_ROUTES` (on or off, default off): adds `POST /bench/noop`
package struct ServerSettings: Sendable {
    package let databasePath: String
    package let host: String
    package let port: Int
    package let webhookPort: Int?
    package let metricsPort: Int?
    package let publicURL: String?
    package let billingURL: String?
    package let caFile: String?
    package let benchRoutes: Bool

    package init(_ source: inout SettingsSource) {
        self.databasePath = Self.databasePath(&source)
        self.host = source.text("HOST") ?? "127.0.0.1"
        self.port = source.int("PORT", default: 8080, in: 0...65_535)
        self.webhookPort = source.port("WEBHOOK_PORT")
        self.metricsPort = source.port("METRICS_PORT")
        self.publicURL = Self.publicURL(&source)
        self.billingURL = source.webAddress("BILLING_URL", gap: "{external_customer_id}")
        self.caFile = source.certificates("CA_FILE")
        self.benchRoutes = source.flag("BENCH_ROUTES", default: false)
    }

    private static func publicURL(_ source: inout SettingsSource) -> String? {
        guard let url = source.webAddress("PUBLIC_URL") else { return nil }
        guard !url.contains("?"), !url.contains("#") else {
            source.note("PUBLIC_URL", url, "leave out what follows the ? or the #: paths are added to its end")
            return nil
        }
        return url
    }

    /// `sqlite:data/x.db` and `sqlite:///srv/x.db` name files.
    private static func databasePath(_ source: inout SettingsSource) -> String {
        let fallback = "data/sluice.db"
        guard let text = source.text("DATABASE_URL") else { return fallback }
        guard text.hasPrefix("sqlite:") else {
            source.note("DATABASE_URL", Self.withoutPassword(text), "use sqlite:PATH; other stores are not supported")
            return fallback
        }
        var path = text.dropFirst("sqlite:".count)
        if path.hasPrefix("//") { path = path.dropFirst(2) }
        guard !path.isEmpty, !path.contains("\0"), path != ":memory:" else {
            source.note("DATABASE_URL", text, "name a file, as sqlite:data/sluice.db")
            return fallback
        }
        return String(path)
    }

    /// A URL of another kind of store may carry a password.
    private static func withoutPassword(_ url: String) -> String {
        url.prefix { $0 != ":" } + ":…"
    }
}
