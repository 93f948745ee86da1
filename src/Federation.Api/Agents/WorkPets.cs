using Federation.Api.Apps;

namespace Federation.Api.Agents;

/// <summary>The pets that one cluster (or node) is to run. A pet that is not named here is to stop, and its volumes stay.</summary>
public sealed record WorkPets
{
    public IReadOnlyList<WorkPet> Run { get; init; } = [];

    /// <summary>True: the pets run only while the agent may run fenced pets, see <see cref="ReportAnswer.FenceSeconds"/>.</summary>
    public bool IsFenced { get; init; } = true;

    /// <summary>Templates of pets that are not updated yet; <see cref="Work.Template"/> is the newest.</summary>
    public IReadOnlyList<WorkTemplate> Earlier { get; init; } = [];

    /// <summary>A volume of its own for each pet and claim.</summary>
    public IReadOnlyList<WorkClaim> Claims { get; init; } = [];

    /// <summary>Ordinals whose volumes here are not needed any more: the pet is gone for good, or has them in another cluster by now. Once it has stopped, they are deleted. It is named in the status until that is done.</summary>
    public IReadOnlyList<int> Discard { get; init; } = [];

    /// <summary>Those of <see cref="Discard"/> of which only volumes go that copies brought here for this set; any others of the pet's name are somebody's.</summary>
    public IReadOnlyList<int> DiscardCopies { get; init; } = [];

    /// <summary>Pets that come here with their volumes: these are brought here first, while nobody runs the pet. None of them is in <see cref="Run"/>.</summary>
    public IReadOnlyList<WorkPetCopy> Copies { get; init; } = [];

    /// <summary>All pets of the set, of all clusters. A change replaces no pod: it reaches the pets as a file.</summary>
    public IReadOnlyList<WorkPetPeer> Peers { get; init; } = [];
}

/// <summary>One pet as a cluster is to run it.</summary>
public sealed record WorkPet
{
    /// <summary>Unique in the set, over all clusters. The pet's name is the set's, a dash, and this.</summary>
    public int Ordinal { get; init; }

    /// <summary>The fencing number; grows each time the pet may start somewhere new.</summary>
    public long Epoch { get; init; }

    /// <summary>Which template: <see cref="Work.TemplateHash"/> or one of <see cref="WorkPets.Earlier"/>.</summary>
    public string TemplateHash { get; init; } = "";

    /// <summary>To a cluster: the machine that the pet's volumes were last seen on; null: any.</summary>
    public string? Node { get; init; }
}

/// <summary>A pet's volumes, to be brought from another cluster.</summary>
public sealed record WorkPetCopy
{
    public int Ordinal { get; init; }

    /// <summary>The epoch that the pet had when it stopped: names this copy, together with the ordinal. What an earlier copy brought is of no use to this one.</summary>
    public long Epoch { get; init; }

    /// <summary>Where the volumes are.</summary>
    public string FromCluster { get; init; } = "";

    /// <summary>The machine there that has them.</summary>
    public string FromNode { get; init; } = "";

    /// <summary>Set: they are no pet's, but an item of a PetSnapshot, and only the claims with <see cref="WorkClaim.FromSnapshot"/> are brought. <see cref="FromCluster"/> can be this very cluster. They are asked for as any others (<see cref="AgentPaths.Volume"/>). Volumes of the pet that are there and were brought by no copy of this set are somebody's: they are not touched, and the copy waits with reason <c>VolumesExist</c> until they are gone.</summary>
    public WorkSnapshotItem? FromSnapshot { get; init; }
}

/// <summary>Names an item of a PetSnapshot.</summary>
/// <param name="Uid">The PetSnapshot's.</param>
/// <param name="Id">See <see cref="WorkSnapshotTake.Id"/>.</param>
public sealed record WorkSnapshotItem(string Uid, string Id);

/// <summary>A template by its hash.</summary>
public sealed record WorkTemplate
{
    public string Hash { get; init; } = "";
    public PodTemplate Template { get; init; } = new();

    /// <summary>What its images stand for, as <see cref="Work.Images"/> says it of the newest template.</summary>
    public IReadOnlyDictionary<string, string> Images { get; init; } = Meta.Maps.Empty;
}

/// <summary>A volume that each pet has for itself.</summary>
public sealed record WorkClaim
{
    /// <summary>As the template's volumeMounts name it.</summary>
    public string Name { get; init; } = "";

    /// <summary>The least size, in bytes, as the user asked for it; recorded, and enforced where the machine can.</summary>
    public long Bytes { get; init; }

    /// <summary>The class that the user asked for; empty: any.</summary>
    public string Class { get; init; } = "";

    /// <summary>True: of a pet that begins from a snapshot, this volume is in it; the others begin empty.</summary>
    public bool FromSnapshot { get; init; }
}

/// <summary>How the other pets find one.</summary>
public sealed record WorkPetPeer
{
    public int Ordinal { get; init; }

    /// <summary>Such as <c>db-0</c>.</summary>
    public string Name { get; init; } = "";

    public string Region { get; init; } = "";
    public string Cluster { get; init; } = "";

    /// <summary>In the federation's zone, such as <c>db-0.db.shop.svc.example.org</c>.</summary>
    public string Host { get; init; } = "";

    /// <summary>Where its ports are offered; empty while it has no cluster.</summary>
    public string Address { get; init; } = "";

    /// <summary>By name of the exposed port, the number at <see cref="Address"/>.</summary>
    public IReadOnlyDictionary<string, int> Ports { get; init; } = new Dictionary<string, int>();
}
