namespace Federation.Gateway.Protobuf;

/// <summary>The messages of the kinds that clients send as protobuf, with Kubernetes' field numbers.</summary>
internal static class KubernetesMessages
{
    private static readonly MessageShape Owner = new(
        Text(5, "apiVersion"), Text(1, "kind"), Text(3, "name"), Text(4, "uid"), Bool(6, "controller"), Bool(7, "blockOwnerDeletion"));

    private static readonly MessageShape ManagedFields = new(
        Text(1, "manager"), Text(2, "operation"), Text(3, "apiVersion"), Time(4, "time"), Text(6, "fieldsType"), Json(7, "fieldsV1"), Text(8, "subresource"));

    private static readonly MessageShape ObjectMeta = new(
        Text(1, "name"), Text(2, "generateName"), Text(3, "namespace"), Text(5, "uid"), Text(6, "resourceVersion"), Count(7, "generation"),
        Time(8, "creationTimestamp"), Time(9, "deletionTimestamp"), Number(10, "deletionGracePeriodSeconds"), Map(Text(11, "labels")), Map(Text(12, "annotations")),
        List(Of(13, "ownerReferences", Owner)), List(Text(14, "finalizers")), List(Of(17, "managedFields", ManagedFields)));

    private static readonly FieldShape Metadata = Of(1, "metadata", ObjectMeta);

    private static readonly MessageShape ObjectReference = new(
        Text(1, "kind"), Text(2, "namespace"), Text(3, "name"), Text(4, "uid"), Text(5, "apiVersion"), Text(6, "resourceVersion"), Text(7, "fieldPath"));

    private static readonly MessageShape Condition = new(Text(1, "type"), Text(2, "status"), Time(4, "lastTransitionTime"), Text(5, "reason"), Text(6, "message"));

    private static readonly MessageShape Namespace = new(
        Metadata, Of(2, "spec", new(List(Text(1, "finalizers")))), Of(3, "status", new(Text(1, "phase"), List(Of(2, "conditions", Condition)))));

    private static readonly MessageShape ConfigMap = new(Metadata, Map(Text(2, "data")), Map(Bytes(3, "binaryData")), Bool(4, "immutable"));

    private static readonly MessageShape Secret = new(Metadata, Map(Bytes(2, "data")), Text(3, "type"), Map(Text(4, "stringData")), Bool(5, "immutable"));

    private static readonly MessageShape Event = new(
        Metadata, Of(2, "involvedObject", ObjectReference), Text(3, "reason"), Text(4, "message"), Of(5, "source", new(Text(1, "component"), Text(2, "host"))),
        Time(6, "firstTimestamp"), Time(7, "lastTimestamp"), Count(8, "count"), Text(9, "type"), Time(10, "eventTime"),
        Of(11, "series", new(Count(1, "count"), Time(2, "lastObservedTime"))), Text(12, "action"), Of(13, "related", ObjectReference),
        Text(14, "reportingComponent"), Text(15, "reportingInstance"));

    private static readonly MessageShape DeleteOptions = new(
        Number(1, "gracePeriodSeconds"), Of(2, "preconditions", new(Text(1, "uid"), Text(2, "resourceVersion"))), Bool(3, "orphanDependents"),
        Text(4, "propagationPolicy"), List(Text(5, "dryRun")));

    private static readonly MessageShape Eviction = new(Metadata, Of(2, "deleteOptions", DeleteOptions));

    private static readonly MessageShape Scale = new(Metadata, Of(2, "spec", new(Number(1, "replicas"))), Of(3, "status", new(Number(1, "replicas"), Text(2, "selector"))));

    private static readonly MessageShape Selector = new(Text(1, "rawSelector"), List(Of(2, "requirements", new(Text(1, "key"), Text(2, "operator"), List(Text(3, "values"))))));

    private static readonly MessageShape ResourceAttributes = new(
        Text(1, "namespace"), Text(2, "verb"), Text(3, "group"), Text(4, "version"), Text(5, "resource"), Text(6, "subresource"), Text(7, "name"),
        Of(8, "fieldSelector", Selector), Of(9, "labelSelector", Selector));

    /// <summary>The status of a question is the server's to say; what a client sends of it is left out.</summary>
    private static readonly MessageShape AccessReview = new(
        Metadata, Of(2, "spec", new(Of(1, "resourceAttributes", ResourceAttributes), Of(2, "nonResourceAttributes", new(Text(1, "path"), Text(2, "verb"))))));

    private static readonly MessageShape RulesReview = new(Metadata, Of(2, "spec", new(Text(1, "namespace"))));

    private static readonly MessageShape IdentityReview = new(Metadata);

    private static readonly Dictionary<(string ApiVersion, string Kind), MessageShape> Kinds = new()
    {
        [("v1", "Namespace")] = Namespace,
        [("v1", "ConfigMap")] = ConfigMap,
        [("v1", "Secret")] = Secret,
        [("v1", "Event")] = Event,
        [("v1", "DeleteOptions")] = DeleteOptions,
        [("meta.k8s.io/v1", "DeleteOptions")] = DeleteOptions,
        [("policy/v1", "DeleteOptions")] = DeleteOptions,
        [("federation/v1", "DeleteOptions")] = DeleteOptions,
        [("policy/v1", "Eviction")] = Eviction,
        [("autoscaling/v1", "Scale")] = Scale,
        [("authorization.k8s.io/v1", "SelfSubjectAccessReview")] = AccessReview,
        [("authorization.k8s.io/v1", "SelfSubjectRulesReview")] = RulesReview,
        [("authentication.k8s.io/v1", "SelfSubjectReview")] = IdentityReview,
        [("authentication.k8s.io/v1beta1", "SelfSubjectReview")] = IdentityReview,
    };

    /// <summary>Null: this kind is not known as protobuf.</summary>
    public static MessageShape? Find(string apiVersion, string kind) => Kinds.GetValueOrDefault((apiVersion, kind));

    private static FieldShape Text(int number, string name) => new(number, name, FieldForm.Text);

    private static FieldShape Bytes(int number, string name) => new(number, name, FieldForm.Bytes);

    private static FieldShape Number(int number, string name) => new(number, name, FieldForm.Number);

    private static FieldShape Count(int number, string name) => new(number, name, FieldForm.Count);

    private static FieldShape Bool(int number, string name) => new(number, name, FieldForm.Bool);

    private static FieldShape Time(int number, string name) => new(number, name, FieldForm.Time);

    private static FieldShape Json(int number, string name) => new(number, name, FieldForm.Json);

    private static FieldShape Of(int number, string name, MessageShape message) => new(number, name, FieldForm.Message, message);

    private static FieldShape List(FieldShape element) => element with { IsList = true };

    private static FieldShape Map(FieldShape value) => value with { IsMap = true };
}
