namespace Federation.Silo.Hosting;

/// <summary>What this process does.</summary>
[Flags]
internal enum SiloRoles
{
    None = 0,

    /// <summary>Runs grains and writes the store.</summary>
    Silo = 1,

    /// <summary>Serves the API and the agents.</summary>
    Gateway = 2,

    /// <summary>Answers DNS.</summary>
    Dns = 4,
    All = Silo | Gateway | Dns,
}
