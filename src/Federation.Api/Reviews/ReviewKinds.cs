namespace Federation.Api.Reviews;

/// <summary>Questions that the gateway answers on the spot: created, never stored, so no <see cref="Kinds"/> of objects.</summary>
public static class ReviewKinds
{
    public static KindDefinition Access { get; } = Kinds.Define<SelfSubjectAccessReview>(
        "authorization.k8s.io", "v1", "selfsubjectaccessreviews", "selfsubjectaccessreview", namespaced: false, new ReviewRules(), KindStorage.Internal);

    public static KindDefinition Rules { get; } = Kinds.Define<SelfSubjectRulesReview>(
        "authorization.k8s.io", "v1", "selfsubjectrulesreviews", "selfsubjectrulesreview", namespaced: false, new ReviewRules(), KindStorage.Internal);

    public static KindDefinition Identity { get; } = Kinds.Define<SelfSubjectReview>(
        "authentication.k8s.io", "v1", "selfsubjectreviews", "selfsubjectreview", namespaced: false, new ReviewRules(), KindStorage.Internal);

    /// <summary>The version that kubectl 1.27 asks for; the shape is the same.</summary>
    public static KindDefinition OlderIdentity { get; } = Identity with { Version = "v1beta1" };

    public static IReadOnlyList<KindDefinition> All { get; } = [Access, Rules, Identity, OlderIdentity];

    private sealed class ReviewRules : KindRules;
}
