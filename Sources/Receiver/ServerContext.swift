package import Hummingbird
private import NIOCore

/// What a route knows of its request beside the request itself.
package struct ServerContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// The peer's IP address, without its port; `unknown` for peers that have none.
    package let address: String

    package init(source: ApplicationRequestContextSource) {
        self.coreContext = CoreRequestContextStorage(source: source)
        self.address = source.channel.remoteAddress?.ipAddress ?? "unknown"
    }
}
