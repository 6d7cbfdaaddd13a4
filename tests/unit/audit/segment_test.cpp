// SPDX-License-Identifier: Apache-2.0
#include "audit/segment.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/temp_dir.h"

namespace gatehouse::audit {
namespace {

class SegmentTest : public testing::Test {
  protected:
    static constexpr std::size_t kSize = 4096;

    void flip_byte(std::size_t offset) {
        std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
        file.seekg(static_cast<std::streamoff>(offset));
        const char byte = static_cast<char>(file.get() ^ 0x40);
        file.seekp(static_cast<std::streamoff>(offset));
        file.put(byte);
    }

    test::TempDir dir_;
    std::string path_ = dir_ / "a.seg";
};

TEST_F(SegmentTest, ReturnsRecordsInOrderWhileTheWriterStillHasItOpen) {
    auto writer = SegmentWriter::create(path_, kSize);
    ASSERT_TRUE(writer);
    ASSERT_TRUE(writer->append("one"));
    ASSERT_TRUE(writer->append("two and more"));
    const auto reader = SegmentReader::open(path_);
    ASSERT_TRUE(reader);
    auto step = reader->read(8);
    EXPECT_EQ(step.payload, "one");
    step = reader->read(step.next);
    EXPECT_EQ(step.payload, "two and more");
    const std::size_t end = step.next;
    EXPECT_EQ(reader->read(end).found, SegmentReader::Found::kEnd);
    ASSERT_TRUE(writer->append("three"));
    EXPECT_EQ(reader->read(end).payload, "three");
}

TEST_F(SegmentTest, RefusesARecordThatDoesNotFit) {
    auto writer = SegmentWriter::create(path_, kSize);
    ASSERT_TRUE(writer);
    EXPECT_FALSE(writer->append(std::string(kSize, 'x')));
    EXPECT_TRUE(writer->append(std::string(SegmentWriter::max_payload(kSize), 'x')));
    EXPECT_FALSE(writer->append("y"));
}

TEST_F(SegmentTest, DetectsAnAlteredRecord) {
    auto writer = SegmentWriter::create(path_, kSize);
    ASSERT_TRUE(writer);
    ASSERT_TRUE(writer->append("payload"));
    flip_byte(8 + 12 + 2);
    const auto reader = SegmentReader::open(path_);
    ASSERT_TRUE(reader);
    EXPECT_EQ(reader->read(8).found, SegmentReader::Found::kDamaged);
}

TEST_F(SegmentTest, DetectsALengthThatLeadsOutOfTheFile) {
    auto writer = SegmentWriter::create(path_, kSize);
    ASSERT_TRUE(writer);
    ASSERT_TRUE(writer->append("payload"));
    flip_byte(8 + 3);
    const auto reader = SegmentReader::open(path_);
    ASSERT_TRUE(reader);
    EXPECT_EQ(reader->read(8).found, SegmentReader::Found::kDamaged);
}

TEST_F(SegmentTest, RefusesAFileThatIsNoSegment) {
    std::ofstream(path_) << "something else that is long enough to be read";
    EXPECT_EQ(SegmentReader::open(path_).error().code, ErrorCode::kCorrupt);
}

TEST_F(SegmentTest, NamesThePathItCannotMake) {
    const auto writer = SegmentWriter::create(dir_ / "missing/a.seg", kSize);
    ASSERT_FALSE(writer);
    EXPECT_EQ(writer.error().code, ErrorCode::kUnavailable);
    EXPECT_NE(writer.error().detail.find("missing/a.seg"), std::string::npos);
}

}  // namespace
}  // namespace gatehouse::audit
