import pandas as pd
import pytest

from datamodules.errors import DatasetError
from datamodules.training_record import check_record, check_same_training, training_record

TABLE = pd.DataFrame(
    {
        "image_id": ["a", "b", "c", "d", "e"],
        "group": [0, 0, 1, 2, 3],
        "split": ["train", "train", "val", "test", "excluded"],
    }
)


def trained_on(*image_ids: str) -> dict[str, object]:
    return training_record(pd.DataFrame({"image_id": list(image_ids)}))


@pytest.mark.parametrize("images", [("a", "b"), ("a", "e"), ("x", "y"), ()])
def test_lesions_that_are_not_held_out_may_be_learned_from(images: tuple[str, ...]) -> None:
    check_record(trained_on(*images), TABLE)


@pytest.mark.parametrize("image", ["c", "d"])
def test_lesions_held_out_must_not(image: str) -> None:
    with pytest.raises(DatasetError, match="of 1 of the 2 images"):
        check_record(trained_on("a", image), TABLE)


def test_another_image_of_a_lesion_counts() -> None:
    table = TABLE.assign(group=[0, 1, 1, 2, 3])
    with pytest.raises(DatasetError, match="of 1 of the 2 images"):
        check_record(trained_on("b"), table)


def test_training_goes_on_with_the_same_images_or_fewer() -> None:
    record = trained_on("a", "b", "c")
    check_same_training(record, TABLE[:3])
    check_same_training(record, TABLE[:1])


def test_training_does_not_go_on_with_what_was_held_out() -> None:
    with pytest.raises(DatasetError, match=r"1 of the 3 training images are not among.*manifest"):
        check_same_training(trained_on("a", "b"), TABLE[:3])


def test_other_pixels_are_refused() -> None:
    record = trained_on("a") | {"preprocess_version": 1}
    with pytest.raises(DatasetError, match="preprocessing 1"):
        check_record(record, TABLE)


def test_nothing_is_held_out_where_a_folder_is_predicted() -> None:
    check_record(trained_on("a", "c"), pd.DataFrame())
