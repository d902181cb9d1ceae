/// What the hub says of its folder of configuration: at `/v1/configuration`, and after a reload.
package struct ConfigurationReport: Hashable, Sendable, Codable {
    /// Nil where no folder is in use.
    package var folder: String?
    /// What is wrong, as `file:line:column: reason`; with one of these nothing was taken over.
    package var errors: [String] = []
    /// What to look at: inventories that did not answer, words that match nothing.
    package var warnings: [String] = []
    /// What a reload changed.
    package var changes: [String] = []
    /// The hosts of hosts.yaml and its inventories that are in force.
    package var hosts: [HostTarget] = []
    /// What rollouts.yaml lets people start; nil from a hub that knows no rollouts.
    package var rollouts: [RolloutDefinition]?
    /// A digest of what rules.yaml says of each of ``HookSettings/words``: who compares need not see commands.
    /// nil from a hub that says nothing of them.
    package var hooks: [String: String]?

    package init(folder: String?) {
        self.folder = folder
    }
}
