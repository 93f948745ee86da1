namespace Federation.Api;

/// <summary>Labels on containers and pods; from the container labels alone an agent knows what it runs.</summary>
public static class PodLabels
{
    public const string Cluster = "federation.cluster";
    public const string Region = "federation.region";

    /// <summary>The uid of the App (or PetSet) that the pod belongs to.</summary>
    public const string Uid = "federation.uid";

    /// <summary>The store revision of the work that made the pod.</summary>
    public const string Revision = "federation.revision";

    /// <summary>The hash of the rendered template; a pod with another one is replaced.</summary>
    public const string TemplateHash = "federation.template";

    public const string Kind = "federation.kind";
    public const string Namespace = "federation.namespace";
    public const string Name = "federation.name";
    public const string Pod = "federation.pod";
    public const string PodUid = "federation.pod-uid";
    public const string Container = "federation.container";

    /// <summary>A pod's number within its work: a Job's index.</summary>
    public const string Ordinal = "federation.ordinal";
    public const string Epoch = "federation.epoch";

    /// <summary>The pod runs only while its agent may run fenced pets.</summary>
    public const string Fenced = "federation.fenced";
}

public static class FinalizerNames
{
    /// <summary>Held by an App while a cluster that can be asked may still run it.</summary>
    public const string Works = "federation/works";

    /// <summary>Kubernetes' name: held by an object that is deleted in the foreground, while dependents that block it exist.</summary>
    public const string Foreground = "foregroundDeletion";

    /// <summary>Kubernetes' name: held by a deleted object until its dependents have lost their reference to it.</summary>
    public const string Orphan = "orphan";

    /// <summary>Held by a Namespace while it has objects.</summary>
    public const string NamespaceContents = "federation/contents";
}

/// <summary>Environment that every container gets.</summary>
public static class PodEnvironment
{
    public const string Region = "FEDERATION_REGION";
    public const string Cluster = "FEDERATION_CLUSTER";
    public const string Pod = "FEDERATION_POD";
    public const string Namespace = "FEDERATION_NAMESPACE";
    public const string App = "FEDERATION_APP";

    /// <summary>Kubernetes' name: of a Job's pods, the index that they are to complete.</summary>
    public const string JobCompletionIndex = "JOB_COMPLETION_INDEX";

    public const string PetName = "PET_NAME";
    public const string PetOrdinal = "PET_ORDINAL";

    /// <summary>The pet's fencing number.</summary>
    public const string PetEpoch = "PET_EPOCH";
    public const string PetSet = "PET_SET";

    /// <summary>The other pets as of the start, such as <c>db-0=192.0.2.1:7000,db-1=192.0.2.2:7001</c>.</summary>
    public const string PetPeers = "PET_PEERS";
}
